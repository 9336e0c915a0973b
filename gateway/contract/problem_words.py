"""Each code in words, in English and Chinese: what it is, what to do, what its `context` bears."""

import tomllib
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from gateway.contract.answers import contract
from gateway.contract.languages import CHINESE, ENGLISH, in_language
from gateway.contract.problem_codes import every_code
from gateway.problems import ADVICE, ADVICE_BY_STATUS, TROUBLES, Words
from ledger.refusals import Reason

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A no in words (RFC 9457). Its code and context are stable; its text is not.",
    "required": ["type", "title", "status", "detail", "code", "retryable"],
    "properties": {
        "type": {
            "type": "string",
            "pattern": "^/problems/[a-z_]+$",
            "description": "where its code is told in words",
            "examples": ["/problems/insufficient_cash"],
        },
        "title": {"type": "string", "description": "what kind of no it is"},
        "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599,
            "description": "the HTTP status",
            "examples": [422],
        },
        "detail": {"type": "string", "description": "one sentence: what was wrong, what to do"},
        "instance": {"type": "string", "description": "the request's name"},
        "code": {"type": "string", "enum": every_code(), "description": "its stable name"},
        "retryable": {
            "type": "boolean",
            "description": "whether the same request with the same key may succeed later",
        },
        "retry_after_ms": {
            "type": "integer",
            "minimum": 1,
            "description": "how long to wait before that, milliseconds",
        },
        "position": {
            "type": "integer",
            "minimum": 0,
            "description": "the head's position when it was refused; by REST alone",
        },
        "field": {
            "type": "string",
            "description": "a JSON pointer to the member: by REST into the body, on a socket into "
            "the message",
        },
        "context": {
            "type": "object",
            "description": "figures to show; /problems/{code} tells those of each code",
            "additionalProperties": {"type": ["integer", "string"]},
        },
    },
}


@cache
def _words() -> dict[str, dict[str, str]]:
    """`titles` and `advice` in Chinese, by code; `statuses` by status; `members` of contexts."""
    found: dict[str, dict[str, str]] = tomllib.loads(
        Path(__file__).with_name("problems.toml").read_text("utf-8")
    )
    return found


def title_of(code: str, language: str) -> str:
    """What kind of no it is."""
    if language == CHINESE:
        return _words()["titles"][code]
    return TROUBLES[code].title if code in TROUBLES else Reason[code].title


def advice_of(code: str, language: str) -> str:
    """What to do about it."""
    if language == CHINESE:
        known = _words()["advice"]
        return known.get(code) or _words()["statuses"][str(_status(code))]
    if code in TROUBLES:
        return TROUBLES[code].detail
    return ADVICE.get(code) or ADVICE_BY_STATUS[_status(code)]


def _status(code: str) -> int:
    return TROUBLES[code].status if code in TROUBLES else Reason[code].status


def context_of(code: str) -> list[str]:
    """The members that a problem's context may bear, as read from what refuses for this code."""
    return list(contract()["contexts"].get(code, []))


def described(code: str, language: str = ENGLISH) -> dict[str, Any]:
    """What `/problems/{code}` tells of one code. Raises KeyError: there is none."""
    reason = Reason.__members__.get(code)
    members: dict[str, Any] = {
        "code": code,
        "status": _status(code),
        "retryable": True if reason is None else reason.is_retryable,
        "title": title_of(code, language),
        "detail": advice_of(code, language),
        "language": language,
        "context": {name: kind_of(name) for name in context_of(code)},
    }
    return members if reason is None else members | {"rank": reason.rank}


def kind_of(member: str) -> str:
    """The form of a context's member, by its name (WIRE 1)."""
    if member.endswith("_ns"):
        return "nanoseconds, decimal text"
    if member.endswith("_minor"):
        return "minor units of the venue's currency"
    if member.endswith("_ticks"):
        return "ticks of the market"
    return "lots" if member.endswith("_lots") else "a number or text"


def problem_example(code: str) -> dict[str, Any]:
    """An example of a problem with this code."""
    reason = Reason.__members__.get(code)
    return {
        "type": f"/problems/{code}",
        "title": title_of(code, ENGLISH),
        "status": _status(code),
        "detail": advice_of(code, ENGLISH),
        "code": code,
        "retryable": True if reason is None else reason.is_retryable,
    }


def page_of(code: str, language: str) -> bytes:
    """The same as a page for a browser."""
    members = described(code, language)
    lines = _LINES[language]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(kind)}</td></tr>"
        for name, kind in members["context"].items()
    )
    context = f"<h2>{lines['context']}</h2><table>{rows}</table>" if rows else ""
    again = lines["again"] if members["retryable"] else lines["not_again"]
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f"<title>{escape(members['title'])}</title>"
        f"<h1>{escape(members['title'])}</h1><p><code>{code}</code> · HTTP {members['status']}</p>"
        f"<p>{escape(members['detail'])}</p><p>{again}</p>{context}</html>"
    ).encode()


class ChineseWords:
    """Problems as a reader of Chinese is told them."""

    def title(self, code: str) -> str:
        return title_of(code, CHINESE)

    def sentence(self, detail: str) -> str:
        return in_language(detail, CHINESE)


WORDS: Final[dict[str, Words | None]] = {ENGLISH: None, CHINESE: ChineseWords()}
_LINES: Final = {
    ENGLISH: {
        "context": "What its context bears",
        "again": "The same request may succeed later.",
        "not_again": "The same request will not succeed.",
    },
    CHINESE: {
        "context": "context 的成员",
        "again": "同一请求稍后可能成功。",
        "not_again": "同一请求不会成功。",
    },
}
