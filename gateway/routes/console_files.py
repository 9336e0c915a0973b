"""The console's files as they are served: the page anew each time, all else for ever by its hash.

`/` is the page. What it asks for lies in a folder named for the hash of all files together
(`/assets/<hash>/…`), so a browser keeps it and never asks again, and the files of two releases
never mix. The page's modules come as one, and so do its style sheets: few round trips (WIRE 8).
The files also answer by their own names, for who reads them.
"""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.joined_modules import joined, joined_later
from gateway.routes.constant_reply import ConstantReply
from ledger.base64url import text64

PAGE: Final = "index.html"
MODULE: Final = "main.js"
STYLES: Final = "styles.css"
FOLDER: Final = "assets"
HASH_LENGTH: Final = 16
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PAGE_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
KINDS: Final = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
STYLE_LINK: Final = re.compile(r' *<link rel="stylesheet" href="\./([^"]+)" />\n')
OWN_ADDRESS: Final = re.compile(r'(href|src)="\./')


@cache
def console_files(folder: Path) -> dict[str, ConstantReply]:
    """Every address of the console, without its first `/`, and what is sent; read once.

    Raises NotJoinable.
    """
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in KINDS
    }
    own = {name: _reply(name, body, {}) for name, body in files.items()}
    if PAGE not in files:
        return own
    page = files[PAGE].decode()
    kept = dict(files)
    del kept[PAGE]
    kept[STYLES] = b"".join(files.get(name, b"") for name in STYLE_LINK.findall(page))
    if _has_libraries(files):
        texts = _texts(files)
        kept[MODULE] = joined(MODULE, texts).encode()
        kept |= {path: text.encode() for path, text in joined_later(MODULE, texts).items()}
    place = f"{FOLDER}/{_hash(kept)}"
    own[PAGE] = _reply(PAGE, _addressed(page, place).encode(), {})
    return own | {f"{place}/{name}": _reply(name, body, FOR_EVER) for name, body in kept.items()}


def _reply(name: str, body: bytes, headers: dict[str, str]) -> ConstantReply:
    return ConstantReply.of(body, _kind(name), PAGE_HEADERS | headers)


def _kind(name: str) -> str:
    return KINDS[f".{name.rpartition('.')[2]}"]


def _texts(files: dict[str, bytes]) -> dict[str, str]:
    return {name: body.decode() for name, body in files.items() if _kind(name) == KINDS[".js"]}


def _has_libraries(files: dict[str, bytes]) -> bool:
    """Whether set-up could fetch them; without them the page does not run, joined or not."""
    return any(name.startswith("vendor/") for name in files)


def _hash(files: dict[str, bytes]) -> str:
    """One hash over names and bytes: another byte anywhere is another folder."""
    whole = sha256()
    for name, body in sorted(files.items()):
        whole.update(f"{name} {len(body)}\n".encode() + body)
    return text64(whole.digest())[:HASH_LENGTH]


def _addressed(page: str, place: str) -> str:
    """The page with its style sheets as one, and all that it names in the hashed folder."""
    first = STYLE_LINK.search(page)
    assert first is not None, "the page has style sheets"
    link = f'    <link rel="stylesheet" href="./{STYLES}" />\n'
    rest = STYLE_LINK.sub("", page[first.end() :])
    return OWN_ADDRESS.sub(rf'\1="/{place}/', page[: first.start()] + link + rest)
