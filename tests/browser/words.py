"""The console's two catalogues, and the keys that its modules ask for."""

import json
import re
from functools import cache
from pathlib import Path

CONSOLE = Path(__file__).resolve().parents[2] / "gateway" / "console"
LANGUAGES = ("en", "zh")

_LITERAL = re.compile(r"""["'`]([a-z][a-z_]*\.[A-Za-z0-9_.?-]+)#?["'`]""")
_MADE = re.compile(r"`([a-z][a-z_]*\.[a-z_]*)\$\{")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Key -> words."""
    told = json.loads((CONSOLE / "words" / f"{language}.json").read_text("utf-8"))
    assert isinstance(told, dict)
    return told


def modules() -> list[Path]:
    """Every script of the page, but for the vendored ones."""
    paths = CONSOLE.rglob("*.js")
    return sorted(path for path in paths if "vendor" not in path.relative_to(CONSOLE).parts)


@cache
def asked() -> tuple[frozenset[str], frozenset[str]]:
    """The keys that stand in the modules as they are, and the beginnings of those put together."""
    text = "\n".join(path.read_text("utf-8") for path in modules())
    families = {key.split(".")[0] for key in catalogue("en")}
    literal = {key for key in _LITERAL.findall(text) if key.split(".")[0] in families}
    return frozenset(literal), frozenset(_MADE.findall(text))
