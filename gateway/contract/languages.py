"""In which language a person reads a refusal, and its sentence in that language (WIRE 4).

English is what the code says; Chinese is made from the same template and the same values.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from ledger.refusals import Figure, Sentence

ENGLISH: Final = "en"
CHINESE: Final = "zh"
LANGUAGES: Final = (ENGLISH, CHINESE)
HEADER_MOST: Final = 200  # characters of an Accept-Language that are looked at


@cache
def chinese() -> dict[str, dict[str, str]]:
    """`sentences` by their English template, and `words` that may be values in one."""
    found: dict[str, dict[str, str]] = tomllib.loads(
        Path(__file__).with_name("chinese.toml").read_text("utf-8")
    )
    return found


def preferred(header: str) -> str:
    """The language that an Accept-Language asks for: Chinese if it is wanted above English."""
    weights = {ENGLISH: 0.0, CHINESE: 0.0}
    for part in header[:HEADER_MOST].split(","):
        tag, _, weight = part.strip().lower().partition(";")
        language = tag.partition("-")[0].strip()
        if language in weights:
            weights[language] = max(weights[language], _weight(weight))
    return CHINESE if weights[CHINESE] > weights[ENGLISH] else ENGLISH


def _weight(text: str) -> float:
    """The weight of a part, 1 unless it says less; what is no weight asks for nothing."""
    name, _, value = text.partition("=")
    if not name.strip():
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0


def in_language(detail: str, language: str) -> str:
    """A refusal's sentence in a language; one that has no other form stays in English."""
    if language != CHINESE:
        return str(detail)
    template = detail.template if isinstance(detail, Sentence) else str(detail)
    form = chinese()["sentences"].get(template)
    if form is None:
        return str(detail)
    if not isinstance(detail, Sentence):
        return form
    return form.format_map({name: _in_chinese(value) for name, value in detail.values.items()})


def _in_chinese(value: Any) -> Any:
    if isinstance(value, Figure):
        return value.chinese
    if isinstance(value, Sentence):
        return in_language(value, CHINESE)
    return chinese()["words"].get(value, value) if isinstance(value, str) else value
