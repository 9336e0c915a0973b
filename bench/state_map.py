"""Form 2 of the state: rows a second into a map, beside form 1's hash over the same state.

Told, in processor time: rows written, salted and hashed a second; one leaf changed; one path found
in a map that stands; what the rows and the map of that state take in memory.

    python bench/state_map.py [--nodes 25]
"""

import argparse
import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from exchange.state_form import rows as form_1_rows
from exchange.state_form import state_sha256
from exchange.state_rows import subject_rows
from ledger.state_map.map_proof import way_to
from ledger.state_map.map_tree import leaf_at, place_of, root_of, with_leaf
from ledger.state_map.salted_map import map_of
from tests.exchange.ground import Floor

SECRET = bytes(32)
ROUNDS = 5
CHANGES = 2_000
TARGET_PER_S = 20_000


def took_s(act: Callable[[], object]) -> float:
    """The median processor time of an act."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        act()
        found.append(time.process_time() - began)
    return median(found)


def state(nodes: int) -> Floor:
    """A venue with so many servers of eight for each owner, and orders on some."""
    floor = Floor(owners=40, buyers=40, nodes=nodes)
    for number in range(nodes // 10):
        floor.ask(floor.owners[number % 40], 1, 1_300 + number % 50)
        floor.bid(floor.buyers[number % 40], 1, 1_200 - number % 50)
    return floor


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--nodes", type=int, default=25, help="for each of 40 owners")
    venue = state(words.parse_args().nodes).venue
    rows = dict(subject_rows(venue))
    tree = map_of(rows.items(), SECRET, 1)
    root = root_of(tree)
    written_s = took_s(lambda: dict(subject_rows(venue)))
    mapped_s = took_s(lambda: map_of(rows.items(), SECRET, 1))
    form_1_s = took_s(lambda: state_sha256(venue))
    count_1 = len(form_1_rows(venue))

    draw = random.Random(7)
    places = [place_of(draw.choice(list(rows))) for _ in range(CHANGES)]
    leaves = [leaf_at(place, bytes(32)) for place in places]
    changed_s = took_s(lambda: [with_leaf(tree, leaf) for leaf in leaves]) / CHANGES
    proven_s = took_s(lambda: [way_to(tree, place) for place in places]) / CHANGES
    steps = [len(way_to(tree, place).steps) for place in places]

    del tree
    tracemalloc.start()
    again = dict(subject_rows(venue))
    rows_bytes, _ = tracemalloc.get_traced_memory()
    tree = map_of(again.items(), SECRET, 1)
    both_bytes, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert root_of(tree) == root, "the same state has the same root"

    per_s = len(rows) / (written_s + mapped_s)
    print(f"form 2           {per_s:>10,.0f} rows/s: written, salted, hashed", end=" ")
    print(f"(median of {ROUNDS}; target {TARGET_PER_S:,})")
    print(f"  written        {len(rows) / written_s:>10,.0f} rows/s, {len(rows):,} rows")
    print(f"  into a map     {len(rows) / mapped_s:>10,.0f} rows/s")
    print(f"form 1           {count_1 / form_1_s:>10,.0f} rows/s: written, sorted, hashed once")
    print(f"a leaf changed   {1e6 * changed_s:>10,.0f} us")
    print(f"a path found     {1e6 * proven_s:>10,.0f} us, {median(steps):.0f} steps")
    each = both_bytes / len(rows)
    print(
        f"memory           {each:>10,.0f} bytes a row, of them {rows_bytes / len(rows):,.0f} the",
        end=" ",
    )
    print(f"row; {peak_bytes / 2**20:,.0f} MiB at the peak")


if __name__ == "__main__":
    main()
