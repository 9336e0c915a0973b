"""From an empty folder by `--help` alone: from the first party to an accepted sale and its money.

Every line comes from an example of `--help`, with the names of this story, or from what an earlier
line advised, with its words in capitals filled in. At the end no advice is left that was not
followed as it was printed, whether it stood on a line of its own or within a sentence. The same in
a Chinese terminal, where the program's own words are the same and refusals are not.
"""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import Result

from tests.scenes.stage import SERVER, Stage

pytestmark = pytest.mark.postgres

ADVICE = re.compile(
    r"(?:(?:^|: |  )gpubourse |`gpubourse )(?P<line>[a-z][^\n`]*)(?:$|`)", re.MULTILINE
)
CAPITALS = re.compile(r"(?<![\w-])[A-Z]{3,}(?![\w-])")  # not a part of a code


class Newcomer:
    """Somebody who knows nothing but what the program prints."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.advised: list[str] = []  # printed, and not followed yet
        self.followed: list[str] = []

    def by_help(self, verb: str, which: int = 0, **names: str) -> Result:
        """An example of a verb's help, with the names of this story in place of its own."""
        shown = self._stage.line(*verb.split(), "--help").stdout.partition("Example:")[2]
        examples = [
            line.strip().removeprefix("gpubourse ")
            for line in shown.splitlines()
            if line.strip().startswith("gpubourse ")
        ]
        line = examples[which]
        for given, meant in names.items():
            old, _, new = meant.partition("=")
            assert old in line, f"{given}: {old!r} is not in {line}"
            line = line.replace(old, new)
        return self.say(line)

    def follow(self, begins: str, **capitals: str) -> Result:
        """The first advice that begins so, its words in capitals filled in."""
        line = next((each for each in self.advised if each.startswith(begins)), None)
        assert line is not None, f"nothing advised {begins!r}, only {self.advised}"
        self.advised = [each for each in self.advised if each != line]
        self.followed.append(line)
        left = set(CAPITALS.findall(line)) - set(capitals) - {"CN", "BJ"}
        assert not left, f"{line}: what is meant by {left}?"
        for word, meant in capitals.items():
            line = re.sub(rf"\b{word}\b", shlex.quote(meant), line)
        self.advised = [each for each in self.advised if each != line]
        return self.say(line)

    def say(self, line: str) -> Result:
        """A line as it is typed, with a yes where it asks; it must be done."""
        ended = self._stage.ended(*shlex.split(line), answer="y\n")
        assert ended.exit_code == 0, f"gpubourse {line}\n{ended.output}"
        for found in ADVICE.finditer(f"{ended.stdout}\n{ended.stderr}"):
            advice = found["line"].strip().rstrip(".")
            if advice not in (*self.advised, *self.followed):
                self.advised.append(advice)
        return ended


@pytest.mark.parametrize("locale", ["C.UTF-8", "zh_CN.UTF-8"])
def test_a_newcomer_sells_a_server_and_is_paid(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", locale)
    shutil.copy(SERVER, "dump.txt")
    new = Newcomer(stage)
    _admit_both(new)

    # the seller's server, with its title
    new.by_help("operator site", who="clerk-1=seller", operator=" --operator p-0002=")
    new.follow("import", FILE="dump.txt", OWNER="seller")
    while any(each.startswith("operator approve") for each in new.advised):
        new.follow("operator approve")
    for paper, kind in (("inv.pdf", "invoice"), ("customs.pdf", "customs")):
        stage.paper(paper, f"{kind} of eight H100\n")
        filing = f"operator provenance file n-0001 --kind {kind}"
        while any(each.startswith(filing) for each in new.advised):
            new.follow(filing, FILE=paper, HOLDER="seller")
        new.follow(f"operator provenance verify n-0001 --document {paper}")
    stage.pass_time(10 * 60 * 1_000_000_000)  # the market opens at 00:05
    assert "H100SXM8.A1" in new.by_help("inventory").stdout
    assert "o-000001 is open" in new.by_help("sell", node="n-0003=n-0001").stdout
    assert "o-000001" in new.follow("inventory --me seller").stdout

    # the buyer's money, and what it buys
    new.by_help("operator deposit")
    bought = {"gpus": "16=8", "who": "trader=buyer"}
    assert "x-000001" in new.by_help("buy", 1, **bought).stdout
    new.follow("status --me buyer")
    new.follow("settle list --me buyer")
    new.by_help("status", 1, who="trader=seller")
    new.follow("settle deliver x-000001 --me seller")
    new.follow("settle accept x-000001 --report FILE --me BUYER", FILE="dump.txt", BUYER="buyer")
    assert "n-0001" in new.follow("holdings --me buyer").stdout

    # and the seller's
    new.by_help("operator withdrawal ask")
    assert "on its way out" in new.follow("withdrawals --me seller").stdout
    new.by_help("status", 1, who="trader=clerk-1")
    new.follow("operator withdrawal confirm y-000001", REF="BANK-9")
    assert "paid" in new.by_help("withdrawals").stdout

    assert new.advised == [], f"advised, and never followed: {new.advised}"
    assert len(new.followed) >= 20


def _admit_both(new: Newcomer) -> None:
    """A seller (p-0002) and a buyer (p-0003), each with what they need to trade title."""
    new.by_help("operator party")
    number = "91640500=91310115"
    new.by_help("operator party", name="Ningxia Helan Computing=Pudong Models", number=number)
    for party, roles, name, person in (
        ("p-0002", ("owner", "operator"), "seller", "Li Na"),
        ("p-0003", ("lessee",), "buyer", "Wang Wei"),
    ):
        new.follow(f"operator tier {party}")
        new.follow(f"operator role {party}", ROLE=roles[0])
        new.follow("operator approve")
        for role in roles[1:]:
            new.by_help("operator role", role=f"owner={role}")
            new.follow("operator approve")
        new.follow(f"keys invite {party}", PERSON=person)
        new.follow("keys enrol", NAME=name)
