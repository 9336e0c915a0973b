"""Who may connect: so many of an address, a proxy as many as there are, nobody past the proxy."""

from gateway.access.connection_room import Admitted, ConnectionRoom
from gateway.settings import Limits

LIMITS = Limits(connections=5, connections_per_address=2)


def test_an_address_has_so_many_and_a_network_of_ipv6_is_one() -> None:
    room: ConnectionRoom[int] = ConnectionRoom(LIMITS, [])

    assert [room.admit(each, "203.0.113.7").is_in for each in (1, 2, 3)] == [True, True, False]
    assert [room.admit(each, f"2001:db8::{each}").is_in for each in (4, 5, 6)] == [
        True,
        True,
        False,
    ]
    room.leave(3)  # was never in
    assert not room.admit(7, "203.0.113.7").is_in
    room.leave(1)
    assert room.admit(7, "203.0.113.7").is_in
    assert len(room) == 4


def test_a_full_house_makes_room_at_the_fullest_address() -> None:
    room: ConnectionRoom[int] = ConnectionRoom(LIMITS, [])
    for each, peer in enumerate(("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.3", "10.0.0.4")):
        assert room.admit(each, peer) == Admitted(is_in=True)

    assert room.admit(5, "10.0.0.5") == Admitted(is_in=True, pushed_out=2)
    assert len(room) == 5


def test_a_proxy_has_all_and_others_none() -> None:
    room: ConnectionRoom[int] = ConnectionRoom(LIMITS, ["10.0.0.1", "2001:db8::1"])

    assert not room.admit(1, "10.0.0.2").is_in, "past the proxy"
    assert not room.admit(1, "2001:db8::2").is_in, "beside the proxy"
    assert [room.admit(each, "127.0.0.1").is_in for each in (1, 2, 3)] == [True, True, False]
    room.leave(1)
    room.leave(2)
    assert [room.admit(each, "::ffff:10.0.0.1").is_in for each in range(6)] == [*[True] * 5, False]
