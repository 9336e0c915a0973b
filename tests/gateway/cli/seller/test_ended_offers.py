"""An import that ends an offer says so: a fresh report may put a server into another class."""

from types import SimpleNamespace
from typing import Any, cast

from gateway.cli.confirmed_act import ENDED_BY
from gateway.cli.seller.import_report import _write_result
from gateway.cli.venue_caller import VenueCaller

RESULT: dict[str, Any] = {
    "units": ["u-000001"],
    "new_units": [],
    "nodes": ["n-0229"],
    "warnings": [],
    "ended_orders": [
        {
            "order": "o-000597",
            "market": "T.A100SXM4-80X8.U0.CN-BJ",
            "party": "p-0118",
            "reason": reason,
        }
        for reason in ENDED_BY
    ],
}


def test_an_import_tells_each_order_that_it_ended() -> None:
    lines: list[str] = []
    output = SimpleNamespace(write=lines.append, log=lines.append)
    caller = SimpleNamespace(context=SimpleNamespace(output=output))

    _write_result(cast("VenueCaller", caller), "dump.txt", RESULT)

    told = [line for line in lines if "It ended o-000597 of p-0118" in line]
    assert len(told) == len(ENDED_BY) > 1
    assert all(any(words in line for line in told) for words in ENDED_BY.values())
