"""What tests need so that several workers may share them: no place that two of them could want."""

import ast
from collections.abc import Iterator

from tests.house.advice import advise
from tests.house.sources import Source, sources

WIDE = {"module", "class", "package"}  # "session" is a worker's own
PORTS = {"port", "metrics_port"}


def test_what_is_dear_is_made_once_and_not_by_each_worker() -> None:
    wrong = [
        source.path
        for source in sources("tests")
        if shares(source) and "pytest.mark.xdist_group(" not in source.text
    ]
    assert not wrong, advise(
        wrong,
        'a fixture of the whole file: pytestmark = pytest.mark.xdist_group("…") keeps its tests '
        "together on one worker",
    )


def shares(source: Source) -> bool:
    """Whether a fixture of this file lives longer than one of its tests."""
    return source.path.rpartition("/")[2] != "conftest.py" and any(
        each.arg == "scope" and isinstance(each.value, ast.Constant) and each.value.value in WIDE
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.fixture"
        for each in node.keywords
    )


def test_a_port_is_the_systems_choice() -> None:
    wrong = [f"{source.path}:{line}" for source in sources("tests") for line in fixed_ports(source)]
    assert not wrong, advise(wrong, "port 0, and ask which it became: another test wants one too")


def fixed_ports(source: Source) -> Iterator[int]:
    """The lines that give a port its number."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            for each in node.keywords:
                if each.arg in PORTS and is_fixed(each.value):
                    yield node.lineno
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in PORTS and is_fixed(value):
                    yield node.lineno


def is_fixed(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value != 0


def test_what_two_workers_would_want_is_found() -> None:
    text = (
        "open_house(port=0)\n"
        "open_house(port=18470)\n"
        "given = {'port': 0, 'metrics_port': 18570}\n"
        "@pytest.fixture(scope='module')\n"
        "def venue(): ...\n"
    )
    source = Source("tests/test_example.py", text, ast.parse(text))

    assert sorted(fixed_ports(source)) == [2, 3]
    assert shares(source)
