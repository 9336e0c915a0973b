"""The hard cases of `nvidia-smi -q -x`: newer, cut, broken, hostile."""

import pytest

from ledger.inventory import Unreadable, read_report
from tests.ledger.things.dumps import real

GPU = """<gpu id="00000000:18:00.0">
  <product_name>NVIDIA H100 80GB HBM3</product_name>
  <serial>{serial}</serial>
  <uuid>GPU-b42dd28e-ffdd-8720-1df0-98bd8cdc05b1</uuid>
  <board_part_number>692-2G520-0200-000</board_part_number>
  <ecc_mode><current_ecc>Enabled</current_ecc></ecc_mode>
  <remapped_rows><remapped_row_corr>3</remapped_row_corr></remapped_rows>
</gpu>"""


def xml(schema: int = 12, serial: str = "1654423001593", inner: str = "") -> bytes:
    gpu = GPU.format(serial=serial)
    return (
        '<?xml version="1.0" ?>\n'
        f'<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v{schema}.dtd"{inner}>\n'
        "<nvidia_smi_log>\n<timestamp>Thu Nov 14 07:00:14 2024</timestamp>\n"
        f"<driver_version>565.57.01</driver_version>\n<attached_gpus>1</attached_gpus>\n{gpu}\n"
        "</nvidia_smi_log>\n"
    ).encode()


def refusal(raw: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_report(raw)
    return refused.value


def test_an_xml_report_names_its_card_and_the_line_of_a_reading() -> None:
    report = read_report(xml())
    (unit,) = report.units
    assert (report.format, report.driver, report.attached_count) == (
        "nvidia_smi_xml",
        "565.57.01",
        1,
    )
    assert (unit.serial, unit.bus_id) == ("1654423001593", "00000000:18:00.0")
    assert unit.readings["remap_correctable"] == 3
    assert unit.lines["remap_correctable"] == 13
    assert report.taken_local == "2024-11-14T07:00:14"


def test_a_newer_schema_is_read_with_a_warning() -> None:
    assert "schema_newer" not in {w.code for w in read_report(xml(13)).warnings}
    warned = {w.code: w.value for w in read_report(xml(14)).warnings}
    assert warned["schema_newer"] == 14


def test_broken_xml_is_refused_with_line_and_byte() -> None:
    raw = xml().replace(b"</uuid>", b"</uid>")
    refused = refusal(raw)
    assert refused.code == "not_recognised"
    assert refused.line == 10
    assert refused.byte == raw.index(b"  <uuid>")


def test_cut_xml_is_truncated() -> None:
    raw = real("nvidia-smi-x_a10g.xml")
    for end in (len(raw) // 2, len(raw) - 5, raw.index(b"</gpu>") + 6):
        refused = refusal(raw[:end])
        assert refused.code == "truncated"
        assert refused.byte == end


@pytest.mark.parametrize(
    "inner",
    [
        ' [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]',
        ' [<!ENTITY a SYSTEM "file:///etc/passwd">]',
        ' [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]',
    ],
)
def test_entities_are_refused_unexpanded(inner: str) -> None:
    assert "entities" in refusal(xml(inner=inner)).detail


def test_an_entity_of_an_unread_dtd_is_refused_too() -> None:
    assert "entities" in refusal(xml(serial="165442300&one;1593")).detail


def test_another_root_is_not_ours() -> None:
    assert refusal(b'<?xml version="1.0"?>\n<html></html>\n').code == "not_recognised"


def test_a_bottomless_document_is_refused() -> None:
    deep = b"<nvidia_smi_log>" + b"<a>" * 100_000
    assert "deep" in refusal(deep).detail


def test_two_xml_reports_in_one_file_are_refused() -> None:
    assert "two reports" in refusal(xml() + xml()).detail


def test_xml_between_two_prompts_is_read() -> None:
    pasted = b"root@gpu-17:~# nvidia-smi -q -x\n" + xml() + b"root@gpu-17:~# "
    assert read_report(pasted).units[0].serial == "1654423001593"
    assert read_report(pasted).units[0].lines["remap_correctable"] == 14
