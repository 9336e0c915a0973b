"""Whole replies of every list and record, byte by byte, as the first release gave them.

The journal behind them is fixed: so are the replies, member order, escapes and decimals included.
`reply_bytes.txt` holds a line for each request, then the body's own line. After a change that is
meant, `WRITE_TABLES=1` writes it anew.
"""

import os
import re
from pathlib import Path

import pytest

from tests.exchange.ground import LEASE
from tests.gateway.town import Town
from tests.ledger.views.flow import MARKET

pytestmark = pytest.mark.postgres
GOLDEN = Path(__file__).with_name("reply_bytes.txt")
INSTANCE = re.compile(r'"/requests/[0-9a-f]+"')  # a problem's own number: by chance
OF_THE_VIEWS = (
    "/v1/rules",
    "/v1/rules?rule=kyc_limits",
    "/v1/models",
    "/v1/parties",
    "/v1/parties/p-0042",
    "/v1/parties/p-9999",
    "/v1/principals",
    "/v1/proposals",
    "/v1/proposals?state=approved",
    "/v1/proposals?party=p-0042",
    "/v1/proposals/z-000001",
    "/v1/proposals/z-000002",
    "/v1/sites",
    "/v1/sites?state=live",
    "/v1/sites/s-0001",
    "/v1/site_directory",
    f"/v1/imports/{'r' * 43}",
    "/v1/units",
    "/v1/units?site=s-0001&node=n-0001&state=ready&model=H100SXM",
    "/v1/units?party=p-0042",
    "/v1/units/u-000001",
    "/v1/units/u-000001/history",
    "/v1/nodes",
    "/v1/nodes?site=s-0001&model=H100SXM8",
    "/v1/nodes/n-0001",
    "/v1/nodes/n-0001/history?limit=3",
    "/v1/holdings",
    "/v1/holdings?site=s-0001&party=p-0042",
    "/v1/audit/holdings",
    "/v1/holds",
    "/v1/holds?subject=n-0001",
    "/v1/leases",
    "/v1/leases?state=ended&site=s-0001",
    "/v1/leases/l-0001",
    "/v1/cash",
    "/v1/cash?kind=available",
    "/v1/cash/postings",
    "/v1/cash/postings?account=p-0042/available&kind=deposit",
    "/v1/cash/postings?limit=3",
    "/v1/cash/postings?from=2024-11-15T00:15:00%2B08:00&to=1731601200000000000",
    "/v1/withdrawals",
    "/v1/withdrawals?state=instructed",
    "/v1/orders",
    f"/v1/orders?market={MARKET}&state=open&side=bid",
    "/v1/orders?limit=2",
    "/v1/orders/o-000001",
    "/v1/orders/key:key-o-000002",
    "/v1/fills",
    f"/v1/fills?order=o-000002&market={MARKET}",
    "/v1/settlements",
    f"/v1/settlements?market={MARKET}&state=failed",
    "/v1/settlements/x-000001",
    "/v1/settlements/x-000404",
    f"/v1/markets/{MARKET}/trades",
    "/v1/audit/events?topic=rule_set",
    "/v1/audit/events?topic=proposal_made&from=2&to=5000&limit=1",
    "/v1/audit/search?names=n-0001&limit=2",
    "/v1/audit/search?topic=rule_set&party=p-0001&from=3",
    "/v1/audit/trial_balance",
    "/v1/units?cursor=nonsense",
    "/v1/units?colour=red",
)
LIVE = (
    "/v1/instruments?kind=lease",
    f"/v1/instruments/{LEASE}",
    "/v1/markets?kind=title",
    f"/v1/markets/{LEASE}",
    f"/v1/markets/{LEASE}/book",
    "/v1/audit/events?limit=3",
    "/v1/audit/events?from=2&to=3",
    "/v1/audit/streams/party:p-0002",
    "/v1/audit/signatures/1",
    "/v1/audit/signatures/2",
)


async def replies(town: Town) -> str:
    """Every request with its status and the head that names where its rows go on, and its body."""
    lines: list[str] = []
    token = await town.log_on("auditor")
    clerk = await town.log_on("clerk")
    for path in (*OF_THE_VIEWS, *LIVE):
        caller = clerk if path.startswith(("/v1/principals", "/v1/holds")) else token
        head = {"Authorization": f"Bearer {caller}"}
        async with town.http.get(town.url + path, headers=head) as response:
            body = (await response.read()).decode()
        link = response.headers.get("Link", "")
        body = INSTANCE.sub('"/requests/…"', body)
        lines += [f"GET {path} {response.status} {link}".rstrip(), body]
    return "\n".join(lines) + "\n"


async def test_every_reply_is_the_same_bytes_as_before(viewed: Town) -> None:
    text = await replies(viewed)
    if os.environ.get("WRITE_TABLES"):
        GOLDEN.write_text(text, "utf-8")
    told = text.split("\n")
    golden = GOLDEN.read_text("utf-8").split("\n")
    for number, (line, expected) in enumerate(zip(told, golden, strict=True), 1):
        assert line == expected, f"line {number}, of {told[max(0, number - 2)]}"
