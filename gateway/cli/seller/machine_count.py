"""How many machines and GPUs some reports show: each once, however many reports it stands in."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.cli.figures import counted
from ledger.inspection.report_inspection import InspectedNode, InspectedUnit

NAMED_MOST = 3  # machines of several reports that are told by the names of these
LEVELS = ("strong", "medium", "weak")


class CardCount(NamedTuple):
    """One GPU: its grade by the newest report that shows it, and the best that it is known by."""

    taken_ns: int
    level: str
    grade: str


class MachineCount:
    """Machines and GPUs of a fleet, told apart by serials and UUIDs (DOMAIN 1).

    The servers of two reports are one machine where they share at least half of the smaller one's
    GPUs. A GPU without serial and UUID is never the same as another.
    """

    def __init__(self) -> None:
        self.reports: list[list[str]] = []  # of each machine, those that show it
        self.cards: list[CardCount] = []
        self._sizes: list[int] = []  # of each machine, its GPUs
        self._card_of: dict[Hashable, int] = {}  # by serial or UUID
        self._machine_of: dict[int, int] = {}  # by card, the first that had it

    def add(
        self,
        report: str,
        nodes: Sequence[InspectedNode],
        taken_ns: int,
        judged: Sequence[Mapping[str, Any]] = (),
    ) -> list[bool]:
        """Count a report's servers; of each whether it is a machine that was not counted yet.

        *judged*: what the venue says of each GPU, in their order; else it counts as it was read.
        """
        rows = iter(judged)
        are_new = []
        for node in nodes:
            cards = set()
            for unit in node.units:
                verdict = next(rows, None)
                level, grade = unit.identity.level, unit.grade.letter
                if verdict is not None:
                    level, grade = verdict["identity"], verdict["grade"]
                cards.add(self._card(unit, CardCount(taken_ns, level, grade)))
            are_new.append(self._place(report, cards))
        return are_new

    def _card(self, unit: InspectedUnit, found: CardCount) -> int:
        names = [*_names(unit)]
        card = next((self._card_of[name] for name in names if name in self._card_of), None)
        if card is None:
            card = len(self.cards)
            self.cards.append(found)
        earlier = self.cards[card]
        newest = found if found.taken_ns >= earlier.taken_ns else earlier
        best = min(found.level, earlier.level, key=LEVELS.index)
        self.cards[card] = newest._replace(level=best)
        self._card_of.update(dict.fromkeys(names, card))
        return card

    def _place(self, report: str, cards: set[int]) -> bool:
        known = Counter(self._machine_of[card] for card in cards if card in self._machine_of)
        machine, shared = known.most_common(1)[0] if known else (len(self.reports), 0)
        is_new = not known or 2 * shared < min(len(cards), self._sizes[machine])
        if is_new:
            machine = len(self.reports)
            self.reports.append([report])
            self._sizes.append(0)
        elif self.reports[machine][-1] != report:
            self.reports[machine].append(report)
        new = [card for card in cards if card not in self._machine_of]
        self._machine_of.update(dict.fromkeys(new, machine))
        self._sizes[machine] += len(new)
        return is_new

    def levels(self) -> Counter[str]:
        """How many GPUs are known how well."""
        return Counter(card.level for card in self.cards)

    def grades(self) -> Counter[str]:
        """How many GPUs have which grade."""
        return Counter(card.grade for card in self.cards)

    def repeated_in_words(self) -> list[str]:
        """A sentence for each machine that several reports show, or one for many of them."""
        several = [names for names in self.reports if len(names) > 1]
        if len(several) <= NAMED_MOST:
            return [
                f"{', '.join(names)} are {len(names)} reports of one machine: it counts once"
                for names in several
            ]
        numbers = sorted(Counter(map(len, several)).items())
        return [
            f"{number:,} reports of one machine, {counted(times, 'time')}: each machine counts once"
            for number, times in numbers
        ]


def _names(unit: InspectedUnit) -> Iterator[Hashable]:
    """By what a GPU is the same as another: its strong key, else its maker's UUID; or nothing."""
    if unit.identity.strong_key is not None:
        yield tuple(unit.identity.strong_key)
    if unit.identity.uuid:
        yield unit.reading.vendor, unit.identity.uuid
