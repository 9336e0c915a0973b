"""Many reports in one `gpubourse import`: one look, one yes, each told by name, one proposal."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from gateway.cli.confirmed_act import QUESTION, write_ended_orders
from gateway.cli.exit_codes import SOME_REFUSED, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.figures import counted, ranges
from gateway.cli.seller.alike_refusals import alike_in_words
from gateway.cli.seller.import_report import log_foreign_site, write_operators_word
from gateway.cli.seller.machine_count import LEVELS, MachineCount
from gateway.cli.seller.report_files import NamedReport, inspected, remark
from gateway.cli.seller.titles import no_titles, request_titles
from gateway.cli.venue_caller import Problem, VenueCaller
from gateway.contract.page_words import in_page_words
from ledger.inspection.report_inspection import InspectedNode, ReportInspection, inspect_nodes

NOT_TRIED: Final = "not tried"
GRADES: Final = ("A", "B", "C", "U")


class RefusedReport(NamedTuple):
    """A report of which nothing was registered: why, and the exit code of that."""

    words: str
    code: int


class FleetImport:
    """The reports of one line, and what came of each, in their order."""

    def __init__(
        self, caller: VenueCaller, reports: list[NamedReport], site: str, wants_title: bool | None
    ) -> None:
        self._caller = caller
        self._output = caller.context.output
        self._reports = reports
        self._site = site
        self._wants_title = wants_title
        self._refused: dict[int, RefusedReport] = {}  # by place among the reports
        self._replies: dict[int, dict[str, Any]] = {}
        self._same = _repeated(reports)  # place -> the place of the same bytes before it
        self._count = MachineCount()
        self._names: dict[int, list[str]] = {}  # by place, what a table calls its servers
        self._untold: list[tuple[str, str]] = []  # refusals, each with its report's name
        self._is_part_refused = False  # whether a report stands of which a server is left out
        self._waits_for = ""  # the site's operator, if that is another party
        self._remarks: Counter[str] = Counter()  # code -> reports that bear it

    def run(self) -> None:
        """Look, ask, import, ask for title; raises SystemExit 7 if anything was refused."""
        self._preview()
        self._log_summary()
        self._waits_for = self._operator_due() if self._is_any_good else ""
        log_foreign_site(self._caller, self._site, self._waits_for)
        titles = no_titles()
        if not self._caller.context.is_dry and self._is_any_good:
            self._output.confirm(QUESTION, is_yes=self._caller.context.is_yes)
            self._replies.clear()  # a dry run's are no import's
            self._import_all()
            self._write_summary()
            self._write_waiting()
            if self._wants_title is not False and self._replies:
                titles = request_titles(self._caller, self._site, self._digests())
        files = [self._document(place) for place in range(len(self._reports))]
        self._output.document({"files": files, "titles": titles})
        self._end()

    @property
    def _is_any_good(self) -> bool:
        return len(self._refused) + len(self._same) < len(self._reports)

    # --- first a look

    def _preview(self) -> None:
        """Read each here; unless --yes was said, ask the venue what it would register of it."""
        is_previewed = not self._caller.context.is_yes or self._caller.context.is_dry
        args = {"site": self._site, "claim": False, "dry_run": True}
        try:
            with self._output.progress("looking at reports", len(self._reports)) as steps:
                for place, report in enumerate(self._reports):
                    steps.reach(place, report.name)
                    if place in self._same:
                        continue
                    try:
                        found = inspected(report, self._caller.context.lang)
                        if is_previewed:
                            self._replies[place] = self._upload(report.raw or b"", args)
                        self._count_machines(place, found)
                    except VerbFailed as no:
                        self._refuse(place, no)
                        if no.code == UNAVAILABLE:
                            raise
                steps.reach(len(self._reports))
        finally:
            self._log_refusals()

    def _upload(self, raw: bytes, args: dict[str, Any]) -> dict[str, Any]:
        """One key for each report, from its own bytes."""
        digest = sha256(raw).hexdigest()
        return self._caller.upload("import.new", "/v1/imports", raw, args, of=digest[:16])

    def _count_machines(self, place: int, found: ReportInspection) -> None:
        """Count what stands of a report: by the venue's reply if it was asked, else as it reads."""
        nodes: Sequence[InspectedNode] = inspect_nodes(
            found.report, int(self._caller.venue["at_ns"])
        )
        judged: list[dict[str, Any]] = []
        if place in self._replies:
            shown = self._replies[place]["result"]
            judged = shown["seen"]
            if shown["nodes"] != len(nodes):  # a server is left out, with all that is in it
                stand = {(unit["slot"], unit["serial"]) for unit in judged}
                nodes = [node for node in nodes if _shown(node) & stand]
            self._count_remarks(place, shown)
        self._names[place] = [node.name for node in nodes]
        name, taken_ns = self._reports[place].name, found.report.taken_ns or 0
        self._count.add(name, nodes, taken_ns, judged)

    def _count_remarks(self, place: int, result: dict[str, Any]) -> None:
        """What is left out is told at once, by name; what is only remarked is counted."""
        name = self._reports[place].name
        self._untold += [(name, f"left out: {remark(left)}") for left in result["rejected"]]
        self._is_part_refused |= bool(result["rejected"])
        self._remarks.update({warned["code"] for warned in result["warnings"]})

    def _refuse(self, place: int, no: VerbFailed) -> None:
        name = self._reports[place].name
        words = str(no).removeprefix(f"{name}: ")
        self._refused[place] = RefusedReport(words, no.code)
        self._untold.append((name, words))

    def _log_refusals(self) -> None:
        """Each refusal that was not told yet; those that say the same of several, once."""
        for line in alike_in_words(self._untold):
            self._output.log(line)
        self._untold.clear()

    def _log_summary(self) -> None:
        read = len(self._reports) - len(self._refused) - len(self._same)
        count = self._count
        identity = _in_words(count.levels(), LEVELS)
        grades = f"; grade {_in_words(count.grades(), GRADES)}" if count.cards else ""
        self._output.log(
            f"Read {counted(read, 'report')} for {self._site}: "
            f"{counted(len(count.reports), 'server')}, {counted(len(count.cards), 'GPU')}; "
            f"identity {identity}{grades}."
        )
        for sentence in count.repeated_in_words():
            self._output.log(f"  {sentence}")
        for code, number in sorted(self._remarks.items()):
            words = in_page_words("reason", code)
            self._output.log(f"  remark: {words} (in {counted(number, 'report')})")
        for place, first in self._same.items():
            names = (self._reports[place].name, self._reports[first].name)
            self._output.log("{} is the same as {}: it counts once".format(*names))
        if self._refused:
            self._output.log(
                f"{counted(len(self._refused), 'report')} of {len(self._reports):,} cannot be "
                "imported: each is named above."
            )

    def _operator_due(self) -> str:
        """Whose word the servers wait for, as the venue says of one report; "" if nobody's."""
        replies = list(self._replies.values())
        if not replies:
            good = [place for place in range(len(self._reports)) if place not in self._refused]
            raw = next(raw for place in good if (raw := self._reports[place].raw) is not None)
            args = {"site": self._site, "claim": False, "dry_run": True}
            try:
                replies = [self._upload(raw, args)]
            except Problem:  # the import itself says it, report by report
                return ""
        return next((each for one in replies if (each := one["result"]["waits_for"])), "")

    # --- then the import

    def _import_all(self) -> None:
        """Send each report that could be read; said again, what stands is not done twice."""
        # Titles are asked for together, but for servers that wait for their site's operator.
        claim = bool(self._waits_for) and self._wants_title is not False
        args = {"site": self._site, "claim": claim, "dry_run": False}
        places = range(len(self._reports))
        todo = [place for place in places if place not in {*self._refused, *self._same}]
        with self._output.progress("importing", len(todo)) as steps:
            for done, place in enumerate(todo):
                steps.reach(done, self._reports[place].name)
                try:
                    reply = self._upload(self._reports[place].raw or b"", args)
                except VerbFailed as no:
                    self._refuse(place, no)
                    if no.code == UNAVAILABLE:  # the others would hear the same
                        break
                except KeyboardInterrupt:
                    self._output.log(
                        f"{done:,} of {counted(len(todo), 'report')} are imported. Say the same "
                        "line again to go on: what stands is not registered twice."
                    )
                    raise
                else:
                    self._replies[place] = reply
                    if self._caller.context.is_yes:  # else it was told by the look
                        self._count_remarks(place, reply["result"])
            else:
                steps.reach(len(todo))
        for place in todo:
            if place not in self._replies and place not in self._refused:
                self._refused[place] = RefusedReport(NOT_TRIED, UNAVAILABLE)
                self._untold.append((self._reports[place].name, NOT_TRIED))
        self._log_refusals()

    def _digests(self) -> set[str]:
        return {reply["result"]["report_sha256"] for reply in self._replies.values()}

    def _write_summary(self) -> None:
        """How much is new, how much was seen before, in servers and cards."""
        results = [reply["result"] for reply in self._replies.values()]
        for result in results:
            write_ended_orders(self._caller, result)
        new = [result for result in results if result["new_units"]]
        nodes = list(dict.fromkeys(node for result in new for node in result["nodes"]))
        units = sum(len(result["units"]) for result in results)
        new_units = sum(len(result["new_units"]) for result in results)
        if nodes:
            self._output.write(
                f"Registered {counted(len(nodes), 'server')} ({', '.join(ranges(nodes))}) with "
                f"{counted(new_units, 'new GPU')}."
            )
        self._write_nodes()
        if again := units - new_units:
            self._output.write(f"Inspected again: {counted(again, 'GPU')}.")
        if stood := sum(not result["units"] for result in results):
            self._output.write(f"{counted(stood, 'report')} stood already: nothing changed there.")
        held = [bar for result in results for bar in result["holds"]]
        if held:
            self._output.write(
                f"Holds were placed, for identities that conflict: {', '.join(held)}."
            )

    def _write_nodes(self) -> None:
        """Which report shows which node: by that a server is known again."""
        for place, reply in self._replies.items():
            nodes, report = reply["result"]["nodes"], self._reports[place].name
            names = self._names.get(place, [])
            if len(names) == len(nodes) and all(names):
                for node, name in zip(nodes, names, strict=True):
                    self._output.write(f"  {node}: {name} of {report}")
            elif nodes:
                self._output.write(f"  {', '.join(ranges(nodes))}: {report}")

    def _write_waiting(self) -> None:
        """What the site's operator has to answer, in one line for all."""
        results = [reply["result"] for reply in self._replies.values()]
        waiting = [each["site_proposal"] for each in results if each.get("site_proposal")]
        if waiting:
            operator = f"{self._waits_for}, who runs {self._site}"
            self._output.write(f"{operator}, has to agree: {', '.join(ranges(waiting))} wait.")
            write_operators_word(self._caller, waiting, self._waits_for)
            if self._wants_title is not False:
                self._output.write("Title is asked for as soon as they do.")

    # --- and what is told of it

    def _document(self, place: int) -> dict[str, Any]:
        name = self._reports[place].name
        if place in self._same:
            return {"file": name, "same_as": self._reports[self._same[place]].name}
        if place in self._refused:
            return {"file": name, "refused": self._refused[place].words}
        return {"file": name, **self._replies.get(place, {})}

    def _end(self) -> None:
        codes = {each.code for each in self._refused.values()}
        is_none_good = len(self._refused) == len(self._reports)
        if is_none_good and codes in ({USAGE}, {UNAVAILABLE}):  # no venue judged any of them
            raise SystemExit(codes.pop())
        if codes or self._is_part_refused:
            raise SystemExit(SOME_REFUSED)


def _repeated(reports: list[NamedReport]) -> dict[int, int]:
    """Reports whose very bytes stand before them already -> the place of the first."""
    first: dict[bytes, int] = {}
    return {
        place: first[report.raw]
        for place, report in enumerate(reports)
        if report.raw is not None and first.setdefault(report.raw, place) != place
    }


def _shown(node: InspectedNode) -> set[tuple[int | None, str]]:
    """The GPUs of a server as the venue's preview names them: slot and serial."""
    return {(unit.reading.slot, unit.reading.serial or "") for unit in node.units}


def _in_words(counts: Counter[str], names: tuple[str, ...]) -> str:
    """`8 strong, 1 weak`."""
    return ", ".join(f"{counts[name]:,} {name}" for name in names if counts[name]) or "none"
