"""A class has a name of its own: nowhere in the house do two things share one."""

import ast
from collections import defaultdict

from tests.house.advice import advise
from tests.house.sources import sources


def test_a_class_name_means_one_thing() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for source in sources():
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(source.path)
    wrong = [f"{name}: {', '.join(paths)}" for name, paths in homes.items() if len(paths) > 1]

    assert not wrong, advise(wrong, "give each its own standard word (docs/GLOSSARY.md)")
