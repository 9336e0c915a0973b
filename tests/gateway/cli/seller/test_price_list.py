"""A price list: as people write one, and each bad line by its number."""

from pathlib import Path

import pytest

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.seller.price_list import PriceList, read_price_list


def read(tmp_path: Path, text: str, encoding: str = "utf-8") -> PriceList:
    (tmp_path / "prices.csv").write_bytes(text.encode(encoding))
    return read_price_list(tmp_path / "prices.csv", 2, "en")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name,price\nH100SXM8.A0,103500\nn-0001,99000.50\n", "utf-8"),
        ("H100SXM8.A0,103500\nn-0001,99000.50\n", "utf-8"),
        ("price;free;class\n103500;12;h100sxm8.a0\n99000.50;;N-0001\n", "utf-8-sig"),
        ("Node\tYuan\r\n\r\nH100SXM8.A0\t103500\r\nn-0001\t99000.50\r\n", "utf-16"),
        ('# ours\nname,price\nH100SXM8.A0,"103,500.00 yuan"\nn-0001,￥９９０００.５０\n', "utf-8"),
    ],
    ids=["plain", "no header", "semicolons", "tabs and UTF-16", "a remark and wide digits"],
)
def test_a_list_is_read_as_people_write_it(tmp_path: Path, text: str, encoding: str) -> None:
    prices = read(tmp_path, text, encoding)
    found = {name: line.price_minor for name, line in prices.lines.items()}
    assert found == {"H100SXM8.A0": 10_350_000, "n-0001": 9_900_050}


def test_a_server_s_own_price_goes_before_its_class_s_and_that_before_its_model_s(
    tmp_path: Path,
) -> None:
    prices = read(tmp_path, "H100SXM8,1\nH100SXM8.A0,2\nn-0001,3\n")
    found = [
        prices.price_of(thing, asset_class)
        for thing, asset_class in (
            ("n-0001", "H100SXM8.A0"),
            ("n-0002", "H100SXM8.A0"),
            ("n-0003", "H100SXM8.B0"),
            ("u-000001", "L40S.A0"),
        )
    ]
    assert [line.price_minor if line else None for line in found] == [300, 200, 100, None]


def test_an_empty_price_offers_nothing_of_what_it_names(tmp_path: Path) -> None:
    prices = read(tmp_path, "name,price\nH100SXM8.A0,103500\nn-0001,\nL40S.A0, \nL40S,5\n")

    assert prices.price_of("n-0001", "H100SXM8.A0") is None, "not even at its class's price"
    assert prices.price_of("u-000001", "L40S.A0") is None
    offered = prices.price_of("n-0002", "H100SXM8.A0")
    assert offered is not None
    assert offered.price_minor == 10_350_000


def test_every_bad_line_is_told_by_its_number(tmp_path: Path) -> None:
    text = (
        "name,price\n\nH100SXM8.A0,\nL40S.A0,dear\nn-0001,1.005\n,5\nfoo bar,5\n"
        "L4.A0,7\nL4.A0,8\nn-0002,0\nn-0003\n"
    )
    with pytest.raises(VerbFailed) as no:
        read(tmp_path, text)
    assert no.value.code == USAGE
    lines = [line.strip() for line in str(no.value).splitlines() if line.startswith("  line")]
    assert lines == [
        "line 4: 'dear' is no amount.",
        "line 5: 1.005 is finer than the currency's smallest unit. Give at most 2 places behind "
        "the point.",
        "line 6: it names nothing.",
        "line 7: 'foo bar' is no server, class or model.",
        "line 9: L4.A0 has a price already, in line 8.",
        "line 10: the price of n-0002 is 0.",
    ]
    assert "nothing was sent" in str(no.value)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "holds no price"),
        ("name,price\n", "holds no price"),
        ("name,price\nL40S.A0,\nn-0001\n", "holds no price"),
        ("a\0b,5\n", "is no text"),
        ('name,price\n"L4,5\n', "line 2: its quoting is broken"),
        ("L4,5\n" * 20_001, "more than 20,000 lines"),
    ],
)
def test_a_file_that_is_no_price_list_says_why(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(VerbFailed, match=wrong):
        read(tmp_path, text)


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    with pytest.raises(VerbFailed, match=r"… and 10 more"):
        read(tmp_path, "name,price\n" + "foo bar,5\n" * 30)


HEADERS = ("name,price", "name,price_yuan_per_gpu,free,last_price_yuan_per_gpu", "price,name", "")
PARTED = {
    "name,price": "n-0401,100,000",
    "name,price_yuan_per_gpu,free,last_price_yuan_per_gpu": "n-0401,100,000,8,725.00",
    "price,name": "100,n-0401,000",
    "": "n-0401,100,000",
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_price_that_a_comma_has_parted_is_refused(tmp_path: Path, header: str) -> None:
    rows = [line for line in (header, "L4.A0,7" if header != "price,name" else "7,L4.A0") if line]
    with pytest.raises(VerbFailed, match="without a comma"):
        read(tmp_path, "\n".join([*rows, PARTED[header], ""]))


def test_a_template_s_row_may_end_behind_its_price_or_with_it_whole(tmp_path: Path) -> None:
    header = HEADERS[1]
    for row in ("n-0401,100000", 'n-0401,"100,000"', "n-0401,100000,8,725.00", "n-0401,100000,,"):
        assert read(tmp_path, f"{header}\n{row}\n").lines["n-0401"].price_minor == 10_000_000
    with pytest.raises(VerbFailed, match="3 cells, and the header 4"):
        read(tmp_path, f"{header}\nn-0401,100,000\n")
    for rest in ("8,725.00", "8,", ","):  # what stands behind the price where nobody traded yet
        with pytest.raises(VerbFailed, match="5 cells, and the header 4"):
            read(tmp_path, f"{header}\nn-0401,100,000,{rest}\n")


def test_a_table_in_another_encoding_and_a_report_are_told_as_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(VerbFailed, match="CSV UTF-8"):
        read(tmp_path, "名称,price\nL4,5\n", "gbk")
    with pytest.raises(VerbFailed, match="is no price list"):
        read(tmp_path, "==NVSMI LOG==\nTimestamp : Tue\nDriver Version : 5\n")
