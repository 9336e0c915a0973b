"""What `inspect` prints: exactly the agreed members, and sentences that say what to do."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ledger.inspection.report_inspection import as_json, inspect_nodes, inspect_report
from tests.ledger.things.dumps import block, csv, dump, several

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY_NS = 86_400 * 10**9
TAKEN_NS = 1_731_567_614_000_000_000


def told(raw: bytes, now_ns: int | None = None) -> str:
    return "\n".join(inspect_report(raw, now_ns=now_ns).sentences)


def test_the_json_has_the_agreed_members_and_no_other() -> None:
    shown = as_json(inspect_report(dump(block())))
    assert shown == {
        "units": [
            {
                "vendor": "nvidia",
                "model": "H100SXM",
                "serial": "1654423001593",
                "uuid": "GPU-b42dd28e-ffdd-8720-1df0-98bd8cdc05b1",
                "board_part_number": "692-2G520-0200-000",
                "vbios": None,
                "memory_mib": 81559,
                "identity": "strong",
                "grade": "A",
                "flags": ["board_incomplete"],
                "reasons": [],
            }
        ],
        "rejected": [],
    }


def test_an_unlisted_model_is_called_as_it_calls_itself() -> None:
    (unit,) = as_json(inspect_report(dump(block(name="NVIDIA X9000"))))["units"]
    assert unit["model"] == "NVIDIA X9000"
    assert "model_unlisted" in unit["flags"]


def test_a_rejected_unit_says_where_and_why() -> None:
    first, second = several(2)
    twice = dump(first, second.replace("1654423001594", "1654423001593"))
    (left,) = as_json(inspect_report(twice))["rejected"]
    assert set(left) == {"where", "why"}
    assert left["why"].startswith("duplicate_in_file: ")


def test_an_old_report_is_graded_as_of_its_time_and_an_import_is_foretold() -> None:
    old = told(dump(*several(8)), TAKEN_NS + 91 * DAY_NS)
    assert "grade 8 A" in old
    assert "valid to 2025-02-12" in old
    assert (
        "An import today would be graded U: take a fresh one with `nvidia-smi -q > dump.txt`" in old
    )
    assert "would be graded U" not in told(dump(*several(8)), TAKEN_NS + 89 * DAY_NS)


def test_a_report_from_the_future_is_read_and_an_import_foretold_to_be_refused() -> None:
    at_utc = dump(*several(1), stamp="2024-11-14 07:00:14 +0000")
    assert "report_from_future" in told(at_utc, TAKEN_NS - 1)
    assert "report_from_future" not in told(at_utc, TAKEN_NS)


def test_a_time_without_zone_is_of_the_future_only_where_no_zone_is_so_far_ahead() -> None:
    """`nvidia-smi` names none: this morning in Shanghai is no slip of the clock."""
    zoneless, most_ns = dump(*several(1)), 14 * 3_600 * 10**9
    for ahead_ns in (1, most_ns):
        words = told(zoneless, TAKEN_NS - ahead_ns)
        assert "report_from_future" not in words
        assert "still to come" in words
        assert "--zone Asia/Shanghai" in words
    assert "report_from_future" in told(zoneless, TAKEN_NS - most_ns - 1)
    assert "still to come" not in told(zoneless, TAKEN_NS)


def test_a_time_without_zone_is_read_as_utc_and_says_so_or_in_the_site_s_zone() -> None:
    assert "read as UTC because the report names no zone" in told(dump(*several(1)))
    sited = inspect_report(dump(*several(1)), SHANGHAI)
    assert sited.report.taken_ns == TAKEN_NS - 8 * 3_600 * 10**9
    assert "names no zone" not in "\n".join(sited.sentences)
    local = datetime.fromtimestamp((sited.report.taken_ns or 0) // 10**9, UTC).astimezone(SHANGHAI)
    assert local.isoformat() == "2024-11-14T07:00:14+08:00"


def test_a_zone_in_the_file_counts_before_the_site_s() -> None:
    raw = dump(*several(1), stamp="2024-11-14 07:00:14 +0000")
    assert inspect_report(raw, SHANGHAI).report.taken_ns == TAKEN_NS


def test_an_undated_report_says_what_that_costs() -> None:
    assert "no time" in told(dump(*several(1), stamp=None))


def test_a_whole_board_is_named() -> None:
    assert "One whole node H100SXM8." in told(dump(*several(8)))
    assert "7 of 7 GPUs: 7 of 4 or 8 modules; not all modules of a board" in told(dump(*several(7)))


def test_a_csv_of_two_nodes_is_two_nodes() -> None:
    raw = csv(
        "nvidia,L4,1653723016068,900-2G193-0000-000,,rack1-1,0",
        "nvidia,L4,1653723016069,900-2G193-0000-000,,rack1-2,0",
    )
    assert [node.name for node in inspect_report(raw).nodes] == ["rack1-1", "rack1-2"]


def test_the_register_grades_at_its_own_time() -> None:
    report = inspect_report(dump(*several(8))).report
    (node,) = inspect_nodes(report, TAKEN_NS + 700 * DAY_NS)
    assert node.grade == "U"
    assert {unit.grade.reasons for unit in node.units} == {("report_too_old",)}
    assert {unit.identity.level for unit in node.units} == {"strong"}
