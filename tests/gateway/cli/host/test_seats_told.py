"""What `demo` says of the seats that it offers is true now: earlier visitors have traded there."""

from gateway.cli.host.demo import seat_in_words
from tests.exchange.ground import CASH_MINOR, TITLE, Floor


def test_each_seat_is_told_with_what_is_its_partys_now() -> None:
    floor = Floor()
    register, trader, seller = floor.venue.register, floor.buyers[0], floor.owners[0]

    def told() -> dict[str, str]:
        parties = {"trader": trader, "seller": seller, "auditor": trader}
        return {name: seat_in_words(register, name, parties[name]) for name in parties}

    before = told()
    assert before["trader"] == "the trader's seat, with 10,000,000,000,000.00 yuan available"
    assert before["seller"] == "the seller's seat, with a hall in Beijing and 8 nodes in it"
    assert seat_in_words(register, "seller", trader).endswith("an empty hall in Beijing")
    assert before["auditor"].endswith("reads everything")

    floor.bid(trader, 1, 1_000, market=TITLE)
    held = CASH_MINOR - register.available_minor(trader)
    assert held > 0
    left = f"{(CASH_MINOR - held) / 100:,.2f}"
    assert told()["trader"] == f"the trader's seat, with {left} yuan available"
