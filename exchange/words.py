"""The closed sets of words that the market's facts and its state are told in.

A word is a type: who writes another one fails the type check, and a stored one that is not of its
set is refused when it is read (docs/decisions/0076-closed-words.md). What a request says is text
until it has been judged: a word of its set is then taken from the table that judged it.
"""

from typing import Final, Literal, get_args

Side = Literal["bid", "ask"]
Role = Literal["maker", "taker"]

InstrumentKindName = Literal["title", "lease"]
OrderKindName = Literal["limit"]
TimeInForceName = Literal["gtc", "day", "gtd", "ioc", "fok"]
PostOnly = Literal["", "reject"]

Phase = Literal["closed", "pre_open", "continuous"]
PhaseVerb = Literal["open", "open_book", "close"]  # what moves a market
PhaseReason = Literal["open", "open_book", "close", "window", "listed", "timetable"]
TradeMode = Literal["continuous"]
# What a band lies around: a price that the market remembers, or the best of the other side.
ReferenceSource = Literal["last_trade", "first_reference", "standing"]

OrderState = Literal["open", "filled", "cancelled", "expired"]
CancelCause = Literal["user", "self_trade", "hold", "eligibility", "rules", "disconnect"]
ExpiryCause = Literal[TimeInForceName, "window"]

SYMBOL_LETTERS: Final = "TL"  # a symbol, and a rule of its kind, begins with one: title, lease

BID: Final = "bid"
ASK: Final = "ask"
SIDES: Final[dict[str, Side]] = {side: side for side in get_args(Side)}
PHASES: Final[dict[str, Phase]] = {phase: phase for phase in get_args(Phase)}
