"""The console's modules joined to one, so that a slow line asks once. Pure: texts in, text out.

The modules stay as they are written; this reads the few forms of `import` and `export` that they
use, each on lines of its own, and refuses any other. A joined module is the modules one after the
other, who is imported before who imports, each in a scope of its own:

    const m1 = (() => { const { cell } = m0; ... return { read, go }; })();

A module of ours that is fetched when it is wanted, by `import("./x.js")`, is joined with what it
alone imports; the rest it takes from the first one, so that each module runs once.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Final

IMPORT: Final = re.compile(
    r'^import\s+(?:\*\s+as\s+(\w+)|(\w+)|\{([^{}]*)\})\s+from\s+"([^"\n]+)";\n?', re.M
)
EXPORT: Final = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.M)
EXPORT_LIST: Final = re.compile(r"\bexport\s*\{([^{}]*)\};?\s*\Z")  # a library's last words
LATER: Final = re.compile(r'\bimport\("(\.[^"\n]+)"\)')  # import("./x.js"): fetched when wanted
ADDRESS: Final = "import.meta.url"
LIBRARIES: Final = "vendor/"
LEFT_OVER: Final = re.compile(r"^(?:import|export)\b.*", re.M)


class NotJoinable(Exception):
    """A module has a form that this cannot join; in words, with the module's name."""


def joined(entry: str, modules: Mapping[str, str]) -> str:
    """The text of *entry* and of all that it imports, as one module that lies in entry's folder.

    *modules*: text by path ("core/cell.js"). Raises NotJoinable.
    """
    names = _names(entry, modules, {})
    folder = posixpath.dirname(entry)
    text = "\n".join(_scope(path, modules[path], names, folder) for path in names)
    if not _later(names, modules):
        return text
    return f"{text}\nexport {{ {', '.join(names.values())} }};"


def joined_later(entry: str, modules: Mapping[str, str]) -> dict[str, str]:
    """Path -> text of each module of ours that is fetched when it is wanted. Raises NotJoinable."""
    first = _names(entry, modules, {})
    return {path: _behind(entry, path, modules, first) for path in _later(first, modules)}


def _behind(entry: str, path: str, modules: Mapping[str, str], first: dict[str, str]) -> str:
    """One that is fetched later: it takes from *entry* what runs there already."""
    names = _names(path, modules, first)
    folder = posixpath.dirname(path)
    taken = ", ".join(name for each, name in names.items() if each in first)
    own = [_scope(each, modules[each], names, folder) for each in names if each not in first]
    given = ", ".join(EXPORT.findall(modules[path]))
    begin = f'import {{ {taken} }} from "{posixpath.relpath(entry, folder or ".")}";'
    return "\n".join([begin, *own, f"export const {{ {given} }} = {names[path]};"])


def _names(entry: str, modules: Mapping[str, str], first: Mapping[str, str]) -> dict[str, str]:
    """Each module that *entry* needs, in their order, by the name of its scope."""
    order = dict.fromkeys(_in_order(entry, modules, ()))
    fresh = (path for path in order if path not in first)
    numbered = {path: f"m{n}" for n, path in enumerate(fresh, len(first))}
    return {path: first.get(path) or numbered[path] for path in order}


def _later(names: Mapping[str, str], modules: Mapping[str, str]) -> list[str]:
    """What these fetch when they want it, of ours: a library stays one file of its own."""
    wanted = (_resolved(path, each) for path in names for each in LATER.findall(modules[path]))
    return [
        path for path in dict.fromkeys(wanted) if path in modules and not path.startswith(LIBRARIES)
    ]


def _in_order(path: str, modules: Mapping[str, str], above: tuple[str, ...]) -> Iterator[str]:
    """Who is imported before who imports."""
    if path in above:
        raise NotJoinable(f"{' imports '.join([*above, path])}: a circle")
    if path not in modules:
        raise NotJoinable(f"{above[-1] if above else 'nobody'} imports {path}: not there")
    for *_, target in IMPORT.findall(modules[path]):
        yield from _in_order(_resolved(path, target), modules, (*above, path))
    yield path


def _resolved(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _scope(path: str, text: str, names: Mapping[str, str], folder: str) -> str:
    """One module as a scope that gives what it exports."""

    def taken(found: re.Match[str]) -> str:
        whole, default, some, target = found.groups()
        source = names[_resolved(path, target)]
        if whole:
            return f"const {whole} = {source};\n"
        if default:
            return f"const {default} = {source}.default;\n"
        return f"const {{ {_pairs(some, 'import')} }} = {source};\n"

    def later(found: re.Match[str]) -> str:
        relative = posixpath.relpath(_resolved(path, found[1]), folder or ".")
        return f'import("./{relative}")'

    here = posixpath.relpath(path, folder or ".")
    given = [f"{name}" for name in EXPORT.findall(text)]
    body = IMPORT.sub(taken, text)
    body = EXPORT.sub(lambda found: found[0].removeprefix("export "), body)
    if last := EXPORT_LIST.search(body):
        given.append(_pairs(last[1], "export"))
        body = body[: last.start()]
    if found := LEFT_OVER.search(body):
        raise NotJoinable(f"{path}: {found[0][:60]}")
    body = LATER.sub(later, body)
    body = body.replace(ADDRESS, f'new URL("./{here}", {ADDRESS}).href')
    return (
        f"// {path}\nconst {names[path]} = (() => {{\n{body}\n"
        f"return {{ {', '.join(given)} }};\n}})();"
    )


def _pairs(names: str, form: str) -> str:
    """`a as b, c` as members of an object: taken from it (`a: b, c`), or given (`b: a, c`)."""
    members = []
    for each in names.split(","):
        if not each.strip():
            continue
        own, _, other = (part.strip() for part in each.partition(" as "))
        if not other:
            members.append(own)
        else:
            members.append(f"{own}: {other}" if form == "import" else f"{other}: {own}")
    return ", ".join(members)
