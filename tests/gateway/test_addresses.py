"""Whom an address counts as, and whom a proxy names."""

import pytest

from gateway.addresses import caller_address, is_loopback, plain_address, share_of
from ledger.refusals import Reason, Refused

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "share"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
    ],
)
def test_a_customers_network_is_one_caller(address: str, share: str) -> None:
    assert share_of(address) == share


def test_an_address_has_one_spelling() -> None:
    assert plain_address("::FFFF:203.0.113.7") == "203.0.113.7"
    assert plain_address("2001:DB8:0::1") == "2001:db8::1"
    assert plain_address("203.0.113.007") == plain_address("proxy") == ""
    assert [is_loopback(each) for each in ("127.0.0.9", "::1", "10.0.0.1", "")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("lines", "caller"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1", "198.51.100.2,203.0.113.7 "], "203.0.113.7"),
        (["nonsense", "2001:DB8::7"], "2001:db8::7"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
    ],
)
def test_the_proxys_own_hop_is_the_last_over_all_lines(lines: list[str], caller: str) -> None:
    assert caller_address(PROXY, [PROXY], lines) == caller
    assert caller_address(f"::ffff:{PROXY}", [PROXY], lines) == caller


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ["203.0.113.7,"],
        ["203.0.113.7", "unknown"],
        ["203.0.113.7:4711"],
        ["203.0.113.7; by=x"],
        ["203.0.113.0/24"],
        ["3405803783"],
    ],
)
def test_a_proxy_that_names_nobody_is_refused(lines: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        caller_address(PROXY, [PROXY], lines)
    assert refused.value.reason is Reason.bad_shape


def test_nobody_else_names_a_caller() -> None:
    assert caller_address("10.0.0.2", [PROXY], ["203.0.113.7"]) == "10.0.0.2"
    assert caller_address(PROXY, [], ["203.0.113.7"]) == PROXY
