"""What `--json` of each verb prints, as JSON Schema: from the client's and the audit's types."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from exchange.questions.market_day import MarketFigures
from gpubourse import records as r
from ledger.audit.as_of import Holdings
from ledger.audit.check_result import VerifyReport
from ledger.audit.state_at import ReplayReport
from ledger.audit.thing_history import HistoryLine, TitleLink
from ledger.audit.trial_balance import TrialBalance
from ledger.audit.who import Authorship
from ledger.exports.export_report import ExportReport
from ledger.log.cosignature import CosignedBy
from ledger.questions.corrections import Corrections
from ledger.questions.open_settlements import UnsettledTrades
from ledger.questions.orphans import Orphans
from ledger.questions.period_totals import PeriodTotals
from ledger.questions.redecision import RedecisionReport
from ledger.questions.state_difference import StateDifference
from ledger.state_map.certificate import Certificate

Schema = dict[str, Any]
Named = Callable[[Any], Schema]  # a type -> a reference to it; it is remembered

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
NANOS: Final[Schema] = {"type": "string", "pattern": "^([1-9][0-9]{0,18}|0)$"}
TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
YES_OR_NO: Final[Schema] = {"type": "boolean"}

# verb -> the record of its result, for one that acts
ACTS: Final[dict[str, Any]] = {
    "buy": r.OrderReply,
    "order": r.OrderReply,
    "amend": r.OrderReply,
    "settle instruct": r.InstructionReply,
    "settle deliver": r.DeliveryReply,
    "settle accept": r.AcceptanceReply,
    "keys invite": r.InvitationReply,
    "keys revoke": r.RevocationReply,
    "operator party": r.PartyReply,
    "operator role": r.RoleReply,
    "operator tier": r.TierReply,
    "operator site": r.SiteReply,
    "operator provenance file": r.FilingReply,
    "operator provenance verify": r.ProvenanceReply,
    "operator title": r.WaitingProposal,
    "operator node-site": r.NodeSiteReply,
    "operator instrument": r.WaitingProposal,
    "operator deposit": r.DepositReply,
    "operator reverse-deposit": r.WaitingProposal,
    "operator accept-loss": r.WaitingProposal,
    "operator withdrawal ask": r.WithdrawalReply,
    "operator withdrawal confirm": r.PaymentReply,
    "operator withdrawal refuse": r.PaymentReply,
    "operator adopt": r.WaitingProposal,
    "operator model": r.WaitingProposal,
    "operator fail": r.FailureReply,
    "operator approve": r.ApprovalReply,
    "operator reject": r.VerdictReply,
    "operator withdraw": r.VerdictReply,
}
# verb -> the record of a row, for one that lists
LISTS: Final[dict[str, Any]] = {
    "markets": r.MarketRow,
    "orders": r.OrderRow,
    "fills": r.FillRow,
    "trades": r.Trade,
    "cash": r.Balance,
    "postings": r.PostingRow,
    "withdrawals": r.WithdrawalRow,
    "leases": r.LeaseRow,
    "holdings": r.HoldingRow,
    "settle list": r.SettlementRow,
    "operator parties": r.PartyRow,
    "operator proposals": r.ProposalRow,
}


def schema_text(verb: str) -> str:
    """The JSON Schema of a verb's document, as text. Raises KeyError for no verb."""
    return json.dumps(schema_of(verb), indent=2, ensure_ascii=False)


def schema_of(verb: str) -> Schema:
    """The JSON Schema (2020-12) of what `gpubourse VERB --json` prints. Raises KeyError."""
    types: list[Any] = []

    def named(kind: Any) -> Schema:
        types.append(kind)
        return {"$ref": f"#/$defs/{kind.__name__}"}

    if verb in ACTS:
        shape = _act(named, named(ACTS[verb]))
    elif verb in LISTS:
        shape = _page(named(LISTS[verb]))
    else:
        shape = OWN[verb](named)
    _, known = msgspec.json.schema_components(
        [*dict.fromkeys(types)], ref_template="#/$defs/{name}"
    )
    kept = {name: _on_the_wire(schema) for name, schema in known.items()}
    title = f"gpubourse {verb} --json"
    return {"$schema": DIALECT, "title": title, **shape, "$defs": kept}


def _on_the_wire(schema: Schema) -> Schema:
    """Instants are decimal text (WIRE 1), of a venue's record and of an audit's alike."""
    for member in list(schema.get("properties", {})):
        if member.endswith("_ns"):
            schema["properties"][member] = _nanos_or_null(schema["properties"][member])
    return schema


def _nanos_or_null(schema: Schema) -> Schema:
    return {"anyOf": [NANOS, {"type": "null"}]} if {"type": "null"} in list(_any(schema)) else NANOS


def _any(schema: Schema) -> Iterator[Schema]:
    yield from schema.get("anyOf", ())


def _object(members: Schema, *optional: str) -> Schema:
    required = [name for name in members if name not in optional]
    return {"type": "object", "properties": members, "required": required}


def _array(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _either(*shapes: Schema) -> Schema:
    return {"anyOf": list(shapes)}


def _or_null(shape: Schema) -> Schema:
    return _either(shape, {"type": "null"})


def _reply(result: Schema) -> Schema:
    members = {"position": WHOLE, "at_ns": NANOS, "result": result, "replayed": YES_OR_NO}
    leaf = {"leaf_position": WHOLE, "leaf": TEXT}
    return _object(members | leaf, "replayed", *leaf)


def _page(row: Schema, **more: Schema) -> Schema:
    return _object({"position": WHOLE, "rows": _array(row), **more, "next": _or_null(TEXT)})


_DRY: Final = _object(
    {
        "dry_run": {"const": True},
        "op": TEXT,
        "args": {"type": "object"},
        "preview": {"type": "object"},
        "needs": _array(TEXT),
    }
)


def _act(named: Named, result: Schema) -> Schema:
    """Done, or waiting for another person's signature, or only dry at."""
    return _either(_reply(result), _reply(named(r.WaitingProposal)), _DRY)


def _cancel(named: Named) -> Schema:
    many = _object({"orders": _array(named(r.CancelReply))})
    return _either(_reply(named(r.CancelReply)), _reply(many), _DRY)


def _sell(named: Named) -> Schema:
    """One ask; or several, each done or refused; or only dry at."""
    done = _reply(named(r.OrderReply))
    refused = _object({"ok": {"const": False}, "error": _PROBLEM})
    items = _object({"items": _array(_either(done, refused))})
    dry = _object({"dry_run": {"const": True}, "items": _array({"type": "object"})})
    return _either(done, dry, items)


_PROBLEM: Final = _object({"code": TEXT, "detail": TEXT, "status": WHOLE}, "detail", "status")


def _import(named: Named) -> Schema:
    one = _either(_reply(named(r.ImportReply)), _reply(named(r.ImportPreview)))
    of_a_file = {**one, "properties": {"file": TEXT}}
    refused = _object({"file": TEXT, "refused": TEXT})
    return _either(one, _object({"files": _array(_either(of_a_file, refused))}))


def _inventory(named: Named) -> Schema:
    return _page(named(r.NodeRow), units=_array(named(r.UnitRow)))


_REMARK: Final = _object({"where": TEXT, "why": TEXT})
_INSPECTED: Final = _object(
    {
        "units": _array(
            _object(
                {
                    "vendor": TEXT,
                    "model": _or_null(TEXT),
                    "serial": _or_null(TEXT),
                    "uuid": _or_null(TEXT),
                    "board_part_number": _or_null(TEXT),
                    "vbios": _or_null(TEXT),
                    "memory_mib": _or_null(WHOLE),
                    "identity": TEXT,
                    "grade": TEXT,
                    "flags": _array(TEXT),
                    "reasons": _array(TEXT),
                }
            )
        ),
        "rejected": _array(_REMARK),
        "worth": {"type": "object"},  # with --venue
    },
    "worth",
)
_LEVELS: Final = _array({"type": "array", "items": WHOLE, "minItems": 4, "maxItems": 4})
_LADDER: Final = _reply(
    _object(
        {
            "market": TEXT,
            "seq": WHOLE,
            "phase": TEXT,
            "bids": _LEVELS,
            "asks": _LEVELS,
            "crc": {"type": ["integer", "string"]},
        }
    )
)
_FEED_LINE: Final = _object(
    {"feed": TEXT, "kind": TEXT, "seq": WHOLE, "body": {}},
)
_KEY_FILES: Final = _object(
    {
        "rows": _array(
            _object(
                dict.fromkeys(
                    ("name", "party", "principal", "proposal", "venue", "public_key", "path"), TEXT
                )
            )
        )
    }
)
_STATUS: Final = _object(
    {
        "venue": _object(dict.fromkeys(("venue", "kind", "currency", "zone", "version"), TEXT)),
        "url": TEXT,
        "position": WHOLE,
        "at_ns": NANOS,
        "is_ready": YES_OR_NO,
        "reason": TEXT,
        "phases": {"type": "object", "additionalProperties": WHOLE},
        "me": _or_null(
            _object(
                {
                    "name": TEXT,
                    "principal": TEXT,
                    "party": TEXT,
                    "legal_name": TEXT,
                    "kyc_tier": WHOLE,
                    "roles": _array(TEXT),
                    "scopes": _array(TEXT),
                    "is_suspended": YES_OR_NO,
                }
            )
        ),
        "waiting": _or_null(
            _object(
                {
                    "proposals": _array(TEXT),
                    "own_proposals": _array(
                        _object(
                            {
                                "proposal": TEXT,
                                "op": TEXT,
                                "needs": _array(TEXT),
                                "expires_ns": NANOS,
                            }
                        )
                    ),
                    "rejected": _array(_object({"proposal": TEXT, "op": TEXT})),
                    "settlements": _array(
                        _object({"settlement": TEXT, "state": TEXT, "next": TEXT})
                    ),
                    "withdrawals": _array(
                        _object(
                            {
                                "payment": TEXT,
                                "party": TEXT,
                                "amount_minor": WHOLE,
                                "to_account": TEXT,
                                "at_ns": NANOS,
                                "next": TEXT,
                            }
                        )
                    ),
                    "open_orders": WHOLE,
                    "available_minor": WHOLE,
                    "on_hold_minor": WHOLE,
                }
            )
        ),
    }
)
_RUN: Final = _object(
    {"url": TEXT, "venue": TEXT, "position": WHOLE, "metrics_port": WHOLE, "data": TEXT}
)
_OPEN_DEMO: Final = _object(
    {
        "url": TEXT,
        "data": TEXT,
        "links": {"type": "object", "additionalProperties": TEXT},
    }
)
_MADE: Final = _object(
    {
        **dict.fromkeys(("days", "positions", "orders", "trades", "settled"), WHOLE),
        "state_hash": TEXT,
    }
)


class WitnessedAuthorship(Authorship):
    """What `audit who` prints."""

    witnesses: list[CosignedBy]
    not_later_than_ns: int | None  # by whose clocks; None: no policy, or no quorum


_WITNESSED: Final[Schema] = {
    "witnesses": _array(_object({"witness": TEXT, "signed_ns": NANOS})),
    "not_later_than_ns": _or_null(NANOS),  # None: no policy was named
}
_HEAD_OF_LOG: Final[Schema] = {
    "origin": TEXT,
    "entries": WHOLE,
    "root": TEXT,  # standard base64, as the log's own files have it
    "signed_ns": NANOS,  # 0: no signature tells it
    "unchecked": _array(TEXT),  # kinds of signature that this program cannot check
}
_ENTRY_PROVEN: Final[Schema] = {
    "file": TEXT,
    "position": WHOLE,
    "stream": TEXT,
    "version": WHOLE,
    "topic": TEXT,
    "event": {"type": "object"},
    **_HEAD_OF_LOG,
}
_CERTIFIED: Final[Schema] = {
    **dict.fromkeys(("subject", "venue"), TEXT),
    "position": WHOLE,
    "row": _or_null({"type": "object"}),
}
_CERTIFICATE_PROVEN: Final[Schema] = {
    "file": TEXT,
    **_CERTIFIED,
    "attested_at": WHOLE,  # the position of the event that bears its root
    "attested_ns": NANOS,  # that event's time: the state is of no later one
    **_HEAD_OF_LOG,
}
_CONTINUES: Final[Schema] = {  # the older logs, the newest first
    "continues": _array(
        _object(
            {
                **dict.fromkeys(("origin", "reason", "people"), TEXT),
                **dict.fromkeys(("entries", "common_entries", "number"), WHOLE),
                "accepted_position": WHOLE,
                "accepted_ns": NANOS,
            }
        )
    )
}
_JUDGED_LOG: Final[Schema] = {**_HEAD_OF_LOG, **_WITNESSED, **_CONTINUES}
_LOG_VERIFIED: Final = _object(
    {"ok": YES_OR_NO, **_JUDGED_LOG, "heads": WHOLE, "is_journals": YES_OR_NO}
)
_LOG_WATCHED: Final = _object({**_JUDGED_LOG, "is_new": YES_OR_NO})
_PUBLISHED: Final = _object(
    {
        "folder": TEXT,
        "key_file": TEXT,
        "origin": TEXT,
        "entries": WHOLE,
        "appended": WHOLE,
        "root": TEXT,
        "is_signed": YES_OR_NO,
        "witnesses": _WITNESSED["witnesses"],
    }
)


def _history(named: Named) -> Schema:
    return _object(
        {
            "subject": TEXT,
            "position": WHOLE,
            "events": _array(named(HistoryLine)),
            "chain_of_title": _array(named(TitleLink)),
        }
    )


# verb -> its schema, for those whose document is no act's and no list's
OWN: Final[dict[str, Callable[[Named], Schema]]] = {
    "run": lambda _: _RUN,
    "demo": lambda _: _either(_MADE, _OPEN_DEMO),
    "status": lambda _: _STATUS,
    "sites": lambda named: _page(_either(named(r.SiteRow), named(r.NamedSiteRow))),
    "operator models": lambda named: _page(named(r.ModelRow), lacking=_array(TEXT)),
    "operator status": lambda named: _reply(named(r.VenueTerms)),
    "book": lambda _: _LADDER,
    "watch": lambda _: _FEED_LINE,
    "cancel": _cancel,
    "sell": _sell,
    "import": _import,
    "inspect": lambda _: _either(
        _INSPECTED,
        _object({"files": _array(_INSPECTED), "worth": {"type": "object"}}, "worth"),
    ),
    "inventory": _inventory,
    "keys list": lambda _: _KEY_FILES,
    "keys enrol": lambda named: _either(
        _reply(named(r.PrincipalReply)),
        _reply(named(r.WaitingProposal)),
        _reply(named(r.SessionRecord)),
    ),
    "keys new": lambda named: _either(
        _reply(named(r.PrincipalReply)), _reply(named(r.WaitingProposal))
    ),
    "audit verify": lambda named: named(VerifyReport),
    "audit replay": lambda named: named(ReplayReport),
    "audit redecide": lambda named: named(RedecisionReport),
    "audit history": _history,
    "audit diff": lambda named: named(StateDifference),
    "audit unsettled": lambda named: named(UnsettledTrades),
    "audit orphans": lambda named: named(Orphans),
    "audit corrections": lambda named: named(Corrections),
    "audit period": lambda named: named(PeriodTotals),
    "audit market-day": lambda named: _object(
        {
            "day": TEXT,
            **dict.fromkeys(("from_ns", "to_ns"), NANOS),
            **dict.fromkeys(("first_position", "last_position"), WHOLE),
            "is_over": YES_OR_NO,
            "markets": _array(named(MarketFigures)),
        }
    ),
    "audit as-of": lambda named: named(Holdings),
    "audit trial-balance": lambda named: named(TrialBalance),
    "audit who": lambda named: named(WitnessedAuthorship),
    "audit certificate": lambda named: named(Certificate),
    "audit check-certificate": lambda _: _object(_CERTIFIED),
    "audit export": lambda named: named(ExportReport),
    "audit psql": lambda _: _object(
        {"dsn": TEXT, "columns": _array(TEXT), "rows": _array(_array(TEXT))}, "columns", "rows"
    ),
    "audit prove": lambda _: _object(_ENTRY_PROVEN),
    "audit check": lambda _: {
        "anyOf": [
            _object({**_ENTRY_PROVEN, **_WITNESSED}),  # of a receipt
            _object({**_CERTIFICATE_PROVEN, **_WITNESSED}),
        ]
    },
    "audit verify-log": lambda _: _LOG_VERIFIED,
    "audit watch": lambda _: _LOG_WATCHED,
    "log publish": lambda _: _PUBLISHED,
    "completion": lambda _: _object({"shell": TEXT, "script": TEXT, "written": _array(TEXT)}),
}
