"""The console's files: packed once, kept for ever by their hash, its page anew; strict, joined."""

import gzip
import re
from pathlib import Path

import pytest
from multidict import CIMultiDictProxy

from gateway.joined_modules import NotJoinable, joined, joined_later
from gateway.routes.console_files import POLICY, console_files
from gateway.routes.constant_reply import ConstantReply, takes_gzip
from tests.gateway.town import Town

CONSOLE = Path(__file__).parents[3] / "gateway" / "console"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("accepted", "is_taken"),
    [
        ("", False),
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*", True),
        ("*;q=0", False),
        ("identity, br", False),
        ("gzipped", False),
        ("gzip;level=9", False),
        (", ".join(["br"] * 40 + ["gzip"]), False),  # beyond what anybody names
    ],
)
def test_who_takes_gzip(accepted: str, is_taken: bool) -> None:
    assert takes_gzip([accepted]) is is_taken


def test_what_packing_does_not_shorten_goes_as_it_is() -> None:
    short, long = ConstantReply.of(b"{}", "text/plain"), ConstantReply.of(b"{}" * 999, "text/plain")

    assert not short.packed
    assert "Vary" not in short.headers
    assert gzip.decompress(long.packed) == long.body
    assert long.headers["ETag"] != long.packed_headers["ETag"]
    assert long.headers["Vary"] == long.packed_headers["Vary"] == "Accept-Encoding"


def test_another_byte_anywhere_is_another_folder(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('    <link rel="stylesheet" href="./a.css" />\n')
    (tmp_path / "main.js").write_text("1")
    (tmp_path / "a.css").write_text("a {}")
    first = set(console_files(tmp_path))
    console_files.cache_clear()
    (tmp_path / "a.css").write_text("b {}")

    second = set(console_files(tmp_path))

    console_files.cache_clear()
    assert first & second == {"index.html", "main.js", "a.css"}
    assert len(first) == len(second) == 6


async def test_the_page_is_asked_anew_and_all_that_it_names_is_kept(town: Town) -> None:
    town.lift_rates()

    async def got(path: str, **headers: str) -> tuple[int, CIMultiDictProxy[str], bytes]:
        async with town.http.get(town.url + path, headers=headers) as response:
            return response.status, response.headers, await response.read()

    _, headers, page = await got("/")
    assert headers["Cache-Control"] == "no-cache"
    named = re.findall(r'(?:href|src)="([^"]+)"', page.decode())
    assert len(named) == 4, "a mark, a style sheet, a first script, a module"
    for path in named:
        status, headers, body = await got(path, **{"Accept-Encoding": "gzip"})
        assert status == 200
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert headers["Content-Security-Policy"] == POLICY
        _, plain, same = await got(path, **{"Accept-Encoding": "identity"})
        assert same == body
        assert "Content-Encoding" not in plain
        if headers.get("Content-Encoding") == "gzip":
            assert int(headers["Content-Length"]) < len(body)
            assert plain["ETag"] != headers["ETag"]
            held = {"If-None-Match": headers["ETag"]}
            assert (await got(path, **held, **{"Accept-Encoding": "gzip"}))[0] == 304
            assert (await got(path, **held, **{"Accept-Encoding": "identity"}))[0] == 200


async def test_who_visits_an_unknown_address_gets_the_page_and_a_client_a_problem(
    town: Town,
) -> None:
    async def got(path: str, headers: dict[str, str]) -> tuple[int, str, str]:
        async with town.http.get(town.url + path, headers=headers) as response:
            text = await response.text()
            return response.status, response.content_type, text

    status, kind, text = await got("/markets/h100", HTML)
    assert (status, kind) == (404, "text/html")
    assert "main.js" in text
    for path, headers in (
        ("/markets/h100", {"Accept": "application/json"}),
        ("/markets/h100", {}),
        ("/v1/nowhere", HTML),
        ("/v1", HTML),
    ):
        status, kind, text = await got(path, headers)
        assert (status, kind) == (404, "application/problem+json"), (path, text)


@pytest.mark.parametrize("path", ["/v1/instruments", "/v1/markets"])
async def test_what_every_visitor_reads_first_comes_packed(town: Town, path: str) -> None:
    bodies = []
    for accepted in ("identity", "gzip"):
        headers = {"Accept-Encoding": accepted}
        async with town.http.get(town.url + path, headers=headers) as response:
            bodies.append(await response.json())
            assert response.headers["Vary"] == "Accept-Encoding"
            length = int(response.headers["Content-Length"])
            whole = len(await response.read())
            if length >= 4 << 10:
                assert accepted == "identity"
            assert response.headers.get("Content-Encoding", "identity") in ("identity", accepted)
            assert (length < whole) == ("Content-Encoding" in response.headers)
    assert bodies[0]["rows"] == bodies[1]["rows"]


MODULES = {
    "main.js": 'import { a as b } from "./core/a.js";\nimport * as all from "./core/c.js";\n'
    'import one, { x } from "./y.js";\n',
    "core/a.js": 'import lib from "../vendor/lib.js";\n'
    "export const a = () => lib(import.meta.url);\n"
    'export async function later() {\n  return import("../vendor/big.js");\n}\n',
    "core/c.js": 'import { a } from "./a.js";\nexport class C {}\n'
    "export function f() {\n  a();\n}\n",
    "vendor/lib.js": "const q=1;export{q as default,q as other};",
}


def test_modules_are_joined_in_the_order_of_their_imports() -> None:
    modules = MODULES | {"main.js": MODULES["main.js"].rsplit("import one", 1)[0]}

    text = joined("main.js", modules)

    assert [*re.findall(r"^// (\S+)", text, re.M)] == [
        "vendor/lib.js", "core/a.js", "core/c.js", "main.js",
    ]  # fmt: skip
    assert "return { default: q, other: q };" in text
    assert "const lib = m0.default;" in text
    assert "const { a: b } = m1;" in text
    assert "const all = m2;" in text
    assert "return { a, later };" in text
    assert "return { C, f };" in text
    assert 'import("./vendor/big.js")' in text
    assert 'new URL("./core/a.js", import.meta.url).href' in text
    assert not re.search(r"^(import|export)\b", text, re.M)


def test_what_is_fetched_later_takes_from_the_first_what_runs_there() -> None:
    modules = {
        "main.js": 'import { a } from "./core/a.js";\n'
        'export const go = () => import("./views/v.js");\n',
        "core/a.js": "export const a = 1;\n",
        "core/b.js": 'import { a } from "./a.js";\nexport const b = a;\n',
        "views/v.js": 'import { a } from "../core/a.js";\nimport { b } from "../core/b.js";\n'
        "export function V() {\n  return a + b;\n}\n",
    }

    assert joined("main.js", modules).endswith("\nexport { m0, m1 };")
    (later,) = joined_later("main.js", modules).items()
    assert later[0] == "views/v.js"
    assert [*re.findall(r"^// (\S+)", later[1], re.M)] == ["core/b.js", "views/v.js"]
    assert later[1].startswith('import { m0 } from "../main.js";\n')
    assert later[1].endswith("\nexport const { V } = m3;")
    assert "const { b } = m2;" in later[1]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("main.js", MODULES["main.js"], "import one, { x }"),
        ("core/c.js", "export default 1;\n", "export default 1;"),
        ("core/c.js", 'export * from "./a.js";\n', "export *"),
        ("core/c.js", "export let n = 1;\n", "export let"),
        ("vendor/lib.js", 'import { f } from "../core/c.js";\nexport{f as default};', "a circle"),
        ("core/c.js", 'import { z } from "./z.js";\n', "core/z.js: not there"),
    ],
)
def test_what_cannot_be_joined_is_refused_by_name(name: str, text: str, why: str) -> None:
    main = MODULES["main.js"].rsplit("import one", 1)[0]
    with pytest.raises(NotJoinable) as refused:
        joined("main.js", MODULES | {"main.js": main} | {name: text})
    assert why in str(refused.value)


def test_the_consoles_own_modules_can_be_joined() -> None:
    """Without the libraries, too, which set-up may not have fetched."""
    texts = {
        path.relative_to(CONSOLE).as_posix(): path.read_text("utf-8")
        for path in CONSOLE.rglob("*.js")
        if "vendor" not in path.relative_to(CONSOLE).parts
    }
    texts["vendor/htm-preact-standalone.module.js"] = "export{};"

    text = joined("main.js", texts)

    later = joined_later("main.js", texts)
    parts = [*re.findall(r"^// (\S+\.js)$", "\n".join([text, *later.values()]), re.M)]
    assert set(texts) - set(parts) == {"first.js"}, "every other module is part of the page"
    assert len(parts) == len(set(parts)), "and runs once"
    assert list(later) == ["views/audit.js"]
