"""Mistakes that people make at a command line, and what they must be told: one row each."""

from typing import NamedTuple

A1 = "T.H100SXM8.A1.CN-BJ"


class Mistake(NamedTuple):
    """A line as it is mistyped, by whom, how it ends, and the words that must stand."""

    line: str
    me: str
    code: int
    words: tuple[str, ...]


MISTAKES = (
    # the verb
    Mistake("insepct dump.txt", "", 2, ("Did you mean", "gpubourse inspect")),
    Mistake("approve z-000001", "clerk-1", 2, ("gpubourse operator approve",)),
    Mistake("settle acept x-000001", "buyer", 2, ("Did you mean 'accept'",)),
    Mistake("order list", "buyer", 2, ("Missing argument", "--help")),
    Mistake("frobnicate", "", 2, ("gpubourse --help",)),
    # an option
    Mistake("buy 8 H100 CN-BJ --limt 1", "buyer", 2, ("Did you mean", "--limit")),
    Mistake("orders --state opne", "buyer", 2, ("'open'",)),
    Mistake("book --depth 99 " + A1, "", 2, ("1<=x<=50",)),
    Mistake("buy eight H100 CN-BJ --limit 1", "buyer", 2, ("eight", "is no whole number")),
    Mistake("orders --most 0", "buyer", 2, ("0 is not in the range",)),
    # who signs, and where
    Mistake("orders", "", 3, ("--me NAME",)),
    Mistake("orders", "byuer", 3, ("Did you mean buyer?", "clerk-1")),
    Mistake("orders --venue ftp://nowhere", "buyer", 2, ("no venue's address", "http://")),
    Mistake("book " + A1 + " --venue http://127.0.0.1:1", "", 5, ("No venue answers", "--venue")),
    Mistake("operator party X --registration-no 1", "seller", 3, ("scope_missing",)),
    # a market
    Mistake("book T.H100SXM8.A1.CN-BX", "", 4, ("unknown_market", "Did you mean", A1)),
    Mistake("book H100", "", 2, ("is no market", "gpubourse markets")),
    Mistake("watch book.10.0", "", 2, ("is the feed of a market",)),
    Mistake("watch boook/" + A1, "", 2, ("Did you mean book",)),
    Mistake("trades T.H100SXM8.A9.CN-BJ", "", 4, ("unknown_market", A1)),
    Mistake("markets --model H1000", "", 4, ("Did you mean",)),
    Mistake("markets --point CN-XX", "", 4, ("There are: CN-BJ",)),
    # what is bought
    Mistake("buy 5 H100 A1 CN-BJ --limit 1", "buyer", 2, ("8 GPUs a lot", "Ask for 8.")),
    Mistake("buy 20 H100 A1 CN-BJ --limit 1", "buyer", 2, ("Ask for 16 or 24.",)),
    Mistake("buy 8 H100 Beijing --limit 1", "buyer", 4, ("Beijing is no model", "like CN-BJ")),
    Mistake("buy 8 H100 A100 CN-BJ --limit 1", "buyer", 2, ("A100 is a second model",)),
    Mistake("buy 8 H10O CN-BJ --limit 1", "buyer", 4, ("Did you mean H100",)),
    Mistake("buy 8 H100 2020-01 CN-BJ --limit 1", "buyer", 4, ("No market fits", "Open are: L.")),
    Mistake("buy 8 H100 CN-BJ --limit cheap", "buyer", 2, ("is no amount", "103,500.00")),
    Mistake("buy 8 H100 A1 CN-BJ --limit 103550", "buyer", 2, ("steps of 100.00 yuan",)),
    Mistake(
        "buy 8 H100 A1 CN-BJ --limit 9000000",
        "buyer",
        3,
        ("tier_too_low", "20,000,000.00 yuan of title a day"),
    ),
    Mistake("buy 8 H100 A1 CN-BJ --limit 1500000", "buyer", 1, ("outside_band", "yuan a GPU")),
    Mistake("order " + A1 + " buy 1 --price 1", "buyer", 2, ("'bid', 'ask'",)),
    Mistake("order " + A1 + " bid 1", "buyer", 2, ("one price", "--price YUAN")),
    Mistake(
        "order " + A1 + " bid 1 --price 100000 --until 2099-01-01",
        "buyer",
        2,
        ("--until and --tif gtd go together",),
    ),
    Mistake(
        "order " + A1 + " bid 1 --price 100000 --tif gtd --until soon",
        "buyer",
        2,
        ("'soon' is no time",),
    ),
    # an id
    Mistake("cancel o-000009", "buyer", 4, ("unknown_order", "o-00000")),
    Mistake("cancel 912", "buyer", 2, ("is no order", "o-0")),
    Mistake("cancel", "buyer", 2, ("Which orders?", "--all")),
    Mistake("amend o-000001", "seller", 2, ("Nothing would change",)),
    Mistake("settle accept x-000009", "buyer", 4, ("unknown_settlement", "x-000001")),
    Mistake("settle accept n-0001", "buyer", 2, ("is no settlement", "x-000012")),
    Mistake("operator tier p-0009 2", "clerk-1", 4, ("unknown_party", "Did you mean p-000")),
    Mistake("operator role p-0002 ownr", "clerk-1", 1, ("owner",)),
    Mistake("sell n-0009 --price 1", "seller", 4, ("gpubourse inventory",)),
    Mistake("sell n-0001 --month 2026-13 --price 1", "seller", 2, ("is no month",)),
    Mistake("import nothing.txt --site s-0001", "seller", 2, ("no file nothing.txt",)),
    Mistake(
        "import nothing.txt gone.txt --site s-0001 --yes --lang zh",
        "seller",
        2,
        ("no_such_file: 没有文件 nothing.txt。", "no_such_file: 没有文件 gone.txt。"),
    ),
    Mistake(
        "settle accept x-000001 --report gone.txt --lang zh",
        "buyer",
        2,
        ("no_such_file: 没有文件 gone.txt。请核对名称。",),
    ),
    Mistake(
        "sell --prices gone.csv --lang zh", "seller", 2, ("no_such_file: 没有文件 gone.csv。",)
    ),
    Mistake("import nothing.txt --site hall", "seller", 2, ("is no site", "s-0012")),
    Mistake("inspect no-such-*.txt", "", 2, ("no file no-such-*.txt",)),
    # keys, and asking again
    Mistake("keys invite p-0002 --holder Li --scopes rade", "clerk-1", 2, ("Did you mean trade",)),
    Mistake("keys enrol nonsense --name x", "", 2, ("no code of an invitation", "keys invite")),
    Mistake("cancel --all --key bad/key", "buyer", 2, ("is no key", "Copy it whole")),
    # what a newcomer typed
    Mistake("import dump.txt", "seller", 2, ("Where do the servers stand?", "gpubourse sites")),
    Mistake("sell n-0001 --price 0", "seller", 2, ("0 is no price", "100.00 yuan a GPU")),
    Mistake("buy 8 H100 BJ --limit 1", "buyer", 4, ("said whole: CN-BJ",)),
    Mistake("buy H100 8 CN-BJ --limit 1", "buyer", 2, ("'H100' is no whole number",)),
    Mistake("operator withdrawal", "seller", 2, ("behind the verb", "ask, confirm")),
    Mistake("demo --headless --port 3", "", 2, ("--port means nothing with --headless",)),
    Mistake("operator node-site n-0001", "seller", 2, ("Where do they stand?", "--not-here")),
    Mistake("operator node-site n-0001 --not-here", "buyer", 3, ("scope_missing",)),
    Mistake("operator node-site n-0001 --not-here --yes", "seller", 1, ("has a title holder",)),
    Mistake("operator approve z-99", "clerk-1", 4, ("unknown_proposal", "z-000099")),
    Mistake("status", "Seller", 3, ("Did you mean seller?",)),
    Mistake("fills --market H100", "buyer", 2, ("is no market", "gpubourse markets")),
    Mistake("completion powershell", "", 2, ("'bash', 'zsh', 'fish'",)),
    Mistake("orders --from yesterday", "buyer", 2, ("'yesterday' is no time",)),
    Mistake("run --holders Wang", "", 2, ("is not two names",)),
    Mistake("sites --state open", "seller", 2, ("'announced'", "'live'")),
    Mistake("operator deposit p-0003 lots --reference A", "clerk-1", 2, ("is no amount",)),
    Mistake("operator tier p-0003 5", "clerk-1", 2, ("5 is not in the range 0<=x<=3",)),
    # the auditor
    Mistake("audit as-of 99999999 p-0002", "", 2, ("ahead of the journal", "ends at")),
    Mistake("audit as-of yesterday p-0002", "", 2, ("neither a position nor an instant",)),
    Mistake("audit history n-9999", "", 4, ("knows no n-9999",)),
)
