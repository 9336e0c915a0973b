"""What lies beside the journal: rows of views, raw reports, names."""

from tests.ledger.audit.tampering.hands import Hands, is_deposit


def a_chain_of_title_rewritten(hands: Hands) -> str:
    position = hands.find("title_issued")
    hands.sql(f"UPDATE views.chain SET to_party = 'p-0666' WHERE position = {position}")
    return f"chain {position}: to_party shows p-0666"


def a_balance_rewritten(hands: Hands) -> str:
    position = hands.find("cash_posted", is_deposit)
    account = hands.read(position)["postings"][1][0]
    hands.sql(f"UPDATE views.accounts SET balance_minor = 1 WHERE account = '{account}'")
    return f"accounts {account}: balance_minor shows 1"


def a_posting_missing(hands: Hands) -> str:
    position = hands.find("cash_posted")
    hands.sql(f"DELETE FROM views.postings WHERE position = {position} AND line = 1")
    return f"postings {position}, 1: the row is missing"


def a_trade_doubled(hands: Hands) -> str:
    trade = hands.read(hands.find("traded"))["trade"]
    hands.sql(
        "ALTER TABLE views.trades DROP CONSTRAINT trades_pkey",
        f"INSERT INTO views.trades SELECT * FROM views.trades WHERE trade = '{trade}'",
    )
    return f"trades {trade}: the row stands there 2 times"


def a_party_of_nobody(hands: Hands) -> str:
    party = f"p-{hands.dice.randrange(7_000, 8_000)}"
    hands.sql(
        'INSERT INTO views.parties (party, legal_name, position, "group")'
        f" VALUES ('{party}', 'x', 1, '{party}')"
    )
    return f"parties {party}: no event makes this row"


def views_beyond_the_head(hands: Hands) -> str:
    beyond = hands.history.head + hands.dice.randrange(1, 100)
    hands.sql(f"UPDATE views.progress SET position = {beyond}")
    return "beyond the last one"


def a_report_replaced(hands: Hands) -> int:
    position = hands.find("report_filed")
    name = _base64(hands.read(position)["report_sha256"])
    hands.sql(
        "ALTER TABLE reports DROP CONSTRAINT reports_check",
        f"UPDATE reports SET raw = 'another' WHERE report_sha256 = decode('{name}', 'base64')",
        "ALTER TABLE reports ADD CONSTRAINT reports_check CHECK (report_sha256 = sha256(raw))"
        " NOT VALID",
    )
    return position


def a_report_deleted(hands: Hands) -> int:
    position = hands.find("report_filed")
    name = _base64(hands.read(position)["report_sha256"])
    hands.sql(f"DELETE FROM reports WHERE report_sha256 = decode('{name}', 'base64')")
    return position


def a_row_of_any_view_deleted(hands: Hands) -> str:
    table = _view(hands)
    (place,) = hands.pick(f"SELECT ctid::text FROM views.{table} ORDER BY ctid")
    hands.sql(f"DELETE FROM views.{table} WHERE ctid = '{place}'")
    return f"{table} "


def a_view_emptied(hands: Hands) -> str:
    hands.sql(f"TRUNCATE views.{_view(hands)} CASCADE")
    return "the row is missing"


def a_name_of_nobody(hands: Hands) -> str:
    subject = f"k-{hands.dice.randrange(7_000, 8_000)}"
    hands.sql(
        "INSERT INTO personal (subject, salt, name, compared) VALUES"
        f" ('{subject}', '0123456789abcdef', 'Mallory', 'mallory')"
    )
    return f"a name is noted for {subject}"


def _base64(report_sha256: str) -> str:
    return report_sha256.replace("-", "+").replace("_", "/") + "="


def _view(hands: Hands) -> str:
    """Some view that has rows."""
    tables = hands.query(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'views' AND tablename <> 'progress'"
        " ORDER BY 1"
    )
    filled = [name for (name,) in tables if hands.query(f"SELECT FROM views.{name} LIMIT 1")]
    return str(hands.dice.choice(filled))
