"""What stands beside the events, held against them: raw reports, noted names, the fence; saved
states, the rows of the views, and the definitions of all that is there.

Events name a raw file by its hash and a person by a salted one. A file must be there, with that
hash; a name may have been erased, and that is told, but none may have become another. A saved state
must be the one that the events give, and a view's row the one that its rule makes of them.
"""

from typing import Any, NamedTuple

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.check_result import Check, CheckResult
from ledger.base64url import bytes64, text64
from ledger.definitions.release_facts import Definitions
from ledger.events import Event, PartyRegistered, PrincipalEnrolled, ProposalMade
from ledger.fold import State
from ledger.journal.protocol import Journal, SavedState
from ledger.views.audit_snapshot import AuditSnapshot
from ledger.views.row_shadow import ViewShadow

DIGEST_BYTES = 32
_OF_PEOPLE = (PrincipalEnrolled, PartyRegistered, ProposalMade)


class BesideChecks:
    """Notes what events name, and checks it when the journal has been read."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reports = CheckResult("raw reports")
        self._names = CheckResult("names")
        self._fence = CheckResult("fence")
        self._named: dict[str, int] = {}  # a raw file's hash, and who names it first
        self._people: dict[str, tuple[str, int]] = {}  # a subject's hash, and where it stands
        self._unnamed = self._erased = self._starts = 0
        self._epoch = 0

    def applied(self, event: Event, position: int) -> None:
        """Note what an event names."""
        if report := getattr(event, "report_sha256", ""):
            self._named.setdefault(report, position)
        if isinstance(event, _OF_PEOPLE):
            self._note_person(event, position)

    def _note_person(self, event: Event, position: int) -> None:
        if isinstance(event, PrincipalEnrolled):
            self._people[event.principal] = event.holder_sha256, position
        elif isinstance(event, PartyRegistered) and event.name_sha256:
            self._people[event.party] = event.name_sha256, position
        elif isinstance(event, ProposalMade) and "holder_sha256" in event.args:
            self._people[event.proposal] = str(event.args["holder_sha256"]), position

    def end(self, last: int, epoch: int) -> None:
        """*last* has been read; *epoch* is that of its commit."""
        self._check_reports()
        self._check_names(last)
        self._check_fence(last, epoch)

    def checks(self) -> list[Check]:
        more = f"; {self._unnamed:,} kept that no event names" if self._unnamed else ""
        noted = len(self._people) - self._erased
        starts = f"; raised {self._starts:,} times since the last commit" if self._starts else ""
        return [
            self._reports.check(f"{len(self._named):,} that events name, each kept as named{more}"),
            self._names.check(
                f"{noted:,} noted, each of the hash in its event; {self._erased:,} erased or never"
                " noted"
            ),
            self._fence.check(f"it stands at {self._epoch:,}{starts}"),
        ]

    def _check_reports(self) -> None:
        kept = self._journal.kept_hashes()
        for report, position in self._named.items():
            name = bytes64(report, DIGEST_BYTES)
            found = kept.get(name) if name is not None else None
            if found is None:
                self._reports.breach(position, f"the raw report {report} is not kept")
            elif found != name:
                detail = f"the raw report {report} is kept with the hash {text64(found)}"
                self._reports.breach(position, detail)
        names = {bytes64(report, DIGEST_BYTES) for report in self._named}
        unnamed = kept.keys() - names
        self._unnamed = len(unnamed)
        for name in sorted(unnamed):
            if kept[name] != name:
                detail = f"{text64(name)} is kept with the hash {text64(kept[name])}"
                self._reports.breach(None, detail)

    def _check_names(self, last: int) -> None:
        noted = self._journal.name_hashes()
        for subject, (digest, position) in self._people.items():
            if subject not in noted:
                self._erased += 1
            elif text64(noted[subject]) != digest:
                self._names.breach(position, f"another name is noted for {subject}")
        if self._journal.head() == last:  # else they may be newer than what was read
            for subject in sorted(noted.keys() - self._people.keys()):
                self._names.breach(last, f"a name is noted for {subject}, whom no event names")

    def _check_fence(self, last: int, epoch: int) -> None:
        found = self._journal.epoch()
        if found is None or found < epoch:
            stands = "there is none" if found is None else f"it stands at {found:,}"
            self._fence.breach(last, f"{stands}, and the last commit is of epoch {epoch:,}")
            return
        self._epoch, self._starts = found, found - epoch


class Beside(NamedTuple):
    """What an audit was handed beside the journal: as it stood before the reading began."""

    views: AuditSnapshot | None = None  # what some views show, for the folded state to answer
    rows: ViewShadow | None = None  # every row of every view, for its rules to make again
    definitions: Definitions | None = None  # of what is in the database
    released: Definitions | None = None  # of what this release puts there
    unread: str = ""  # why the views could not be read, though they must be there

    def close(self) -> None:
        """Let go of what was read."""
        if self.rows is not None:
            self.rows.close()


class DerivedChecks:
    """Holds all that is made of the events against them: saved states, views; and definitions."""

    def __init__(self, journal: Journal, folding: AuditFold[Any], beside: Beside) -> None:
        self._journal = journal
        self._folding = folding
        self._beside = beside
        self._views = CheckResult("views")
        self._rows = CheckResult("view rows")
        self._saved = CheckResult("saved states")
        self._definitions = CheckResult("definitions")
        self._states = journal.saved_states()
        self._waiting = {each.position for each in self._states}
        self._nameless = 0
        self._are_compared = self._is_broken = False

    @property
    def are_states_awaited(self) -> bool:
        """Whether a saved state is still to come: it will be held against the streams' versions."""
        return bool(self._waiting)

    def read(self, event: Event, position: int) -> None:
        """The next event, whether or not it folds."""
        if self._beside.rows is None or self._is_broken:
            return
        try:
            self._beside.rows.add(event, position)
        except BROKEN as error:
            self._is_broken = True
            detail = f"no row can be made of {type(event).__name__}: {error}"
            self._rows.breach(position, detail)

    def applied(self, state: State, position: int, versions: dict[str, int]) -> None:
        """Right after an event was folded; *versions*: of each stream up to it."""
        views = self._beside.views
        if views is not None and position == views.position:
            self._compare_views(views, state)
        if position in self._waiting:
            self._waiting.remove(position)
            for saved in self._states:
                if saved.position == position:
                    self._compare_saved(saved, state, versions)

    def end(self, last: int) -> None:
        """*last* has been read."""
        views, rows = self._beside.views, self._beside.rows
        if views is not None and not views.position:
            self._compare_views(views, self._folding.fold.begin())
        if self._beside.unread:
            self._rows.breach(None, f"they cannot be read: {self._beside.unread}")
        elif views is not None and views.position > last:
            detail = f"the views stand at position {views.position:,}, beyond the last one"
            self._views.breach(last, detail)
        if rows is not None and rows.position > last:
            detail = f"the rows stand at position {rows.position:,}, beyond the last one"
            self._rows.breach(last, detail)
        elif rows is not None and not self._is_broken:
            for difference in rows.differences():
                self._rows.breach(rows.position, difference)
        for position in sorted(each for each in self._waiting if each > last):
            detail = f"a state is saved of position {position:,}, beyond the last one"
            self._saved.breach(last, detail)
        self._compare_definitions()

    def checks(self) -> list[Check]:
        older = f"; {self._nameless:,} that name no history" if self._nameless else ""
        held = f"{len(self._states):,}, each of this history and as replayed{older}"
        return [
            self._saved.check(held),
            self._of_views(),
            self._of_rows(),
            self._of_definitions(),
        ]

    def _compare_views(self, views: AuditSnapshot, state: Any) -> None:
        self._are_compared = True
        for difference in views.differences(state):
            self._views.breach(views.position, difference)

    def _compare_saved(self, saved: SavedState, state: Any, versions: dict[str, int]) -> None:
        commit, _ = self._journal.commits_around(saved.position)
        if not saved.chain:
            self._nameless += 1
        elif commit is None or (saved.position, saved.chain) != (
            commit.last_position,
            commit.chain,
        ):
            detail = f"a saved state names the chain {text64(saved.chain)}, which is not its"
            self._saved.breach(saved.position, detail)
        if not saved.is_whole:
            self._saved.breach(saved.position, "the bytes of a saved state are damaged")
            return
        hash_of = self._folding.forms.get(saved.form)
        if hash_of is None or hash_of(state) != text64(saved.state_sha256):
            detail = f"a saved state bears {text64(saved.state_sha256)}, which is not the replay's"
            self._saved.breach(saved.position, detail)
        raw = self._journal.saved_bytes(saved)
        if raw and (
            found := self._folding.saved_difference(raw, saved.codec_version, state, versions)
        ):
            self._saved.breach(saved.position, f"a saved state {found}")

    def _compare_definitions(self) -> None:
        found, released = self._beside.definitions, self._beside.released
        if found is not None and released is not None:
            for difference in found.differences(released):
                self._definitions.breach(None, difference)

    def _of_views(self) -> Check:
        views = self._beside.views
        if views is None:
            return self._views.check("not looked at")
        if not self._are_compared:
            return self._views.check(
                f"they stand at position {views.position:,}, up to which the events do not fold"
            )
        return self._views.check(f"at position {views.position:,} as replayed: {views.counts}")

    def _of_rows(self) -> Check:
        rows = self._beside.rows
        if rows is None:
            return self._rows.check("not looked at")
        return self._rows.check(
            f"at position {rows.position:,} each row as its rule makes it anew: {rows.counts}"
        )

    def _of_definitions(self) -> Check:
        found, released = self._beside.definitions, self._beside.released
        if found is None or released is None:
            return self._definitions.check("not looked at")
        return self._definitions.check(found.detail(released))
