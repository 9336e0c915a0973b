"""What scripts make of the code says what the code says now, and the script leaves nothing out."""

import pytest

from setup import client_verbs
from setup.catalogue_sql import Missing
from tests.house.advice import advise
from tests.house.sources import GENERATED, ROOT


def test_the_typed_client_is_current() -> None:
    made = client_verbs.files()
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path, text in made.items()
        if path.read_text("utf-8") != text
    ]

    assert {path.relative_to(ROOT).as_posix() for path in made} == set(GENERATED)
    assert not wrong, advise(wrong, "make catalogue, and commit what it writes")


@pytest.mark.parametrize(
    ("table", "name"),
    [("replies", "order.new"), ("reads", "/v1/orders/{order}")],
)
def test_an_op_or_a_read_without_its_reply_is_named(
    table: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {each: told for each, told in client_verbs.KNOWN[table].items() if each != name}
    monkeypatch.setitem(client_verbs.KNOWN, table, left)  # a copy: the order is kept

    with pytest.raises(Missing, match=name.replace("{", r"\{").replace("}", r"\}")):
        client_verbs.verbs()


def test_a_reply_to_what_is_no_op_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(client_verbs.KNOWN["replies"], "order.dream", {"record": "OrderReply"})

    with pytest.raises(Missing, match=r"order\.dream"):
        client_verbs.verbs()
