"""How many sockets there may be: who is let in, and who is turned away."""

from gateway.settings import Limits
from gateway.socket.admission import Admission

LIMITS = Limits(sockets=4, sockets_per_address=2, sockets_per_principal=1)


def test_a_gateway_takes_so_many_sockets_and_one_more_when_one_is_gone() -> None:
    admission = Admission(LIMITS)

    assert [admission.admit(number, f"10.0.0.{number}") for number in range(5)] == [
        *[True] * 4,
        False,
    ]
    assert len(admission) == 4
    admission.leave(0)
    assert admission.admit(5, "10.0.0.5")


def test_an_address_has_so_many_and_no_other_suffers() -> None:
    admission = Admission(LIMITS)

    assert [admission.admit(number, "10.0.0.1") for number in range(3)] == [True, True, False]
    assert admission.admit(3, "10.0.0.2")
    admission.leave(2)  # was never in
    assert not admission.admit(4, "10.0.0.1")
    admission.leave(1)
    assert admission.admit(5, "10.0.0.1")


def test_a_principal_has_so_many_and_a_renewal_is_no_second_one() -> None:
    admission = Admission(LIMITS)
    for number in range(3):
        admission.admit(number, f"10.0.0.{number}")

    assert admission.adopt(0, "k-0001")
    assert admission.adopt(0, "k-0001")
    assert admission.adopt(1, "k-0002")
    assert not admission.adopt(2, "k-0001")
    admission.leave(2)
    admission.leave(0)
    admission.admit(3, "10.0.0.3")
    assert admission.adopt(3, "k-0001")
    assert admission.adopt(9, "k-0001")  # was turned away before: it counts for nobody


def test_of_who_has_left_nothing_is_kept() -> None:
    admission = Admission(Limits())
    for number in range(100):
        assert admission.admit(number, f"192.0.2.{number}")
        assert admission.adopt(number, f"k-{number}")
        assert admission.adopt(number, f"k-{number + 1_000}")
    for number in range(100):
        admission.leave(number)
    assert not admission._by_address
    assert not admission._by_principal
