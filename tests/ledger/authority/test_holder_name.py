"""Spellings of one name: in Python and, for names that are noted already, in the migration."""

import sys
from pathlib import Path
from unicodedata import category, normalize

import psycopg
import pytest
from confusable_homoglyphs.confusables import confusables_data
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.authority.holder_name import (
    UNSEEN,
    are_two_people,
    compared,
    must_name_somebody,
    skeletons,
)
from ledger.journal.migrations import migrate, migrations_in, sql_folder
from ledger.journal.personal_names import MemoryPersonal, PostgresPersonal, hashed
from ledger.refusals import Reason, Refused
from tests.reach import Reach

SPELLINGS = [
    "Chen Jing",
    "chen jing",
    "CHEN  JING",
    " ChenJing ",
    "Chen\u200bJing",  # zero-width space
    "Chen\u00a0Jing",  # no-break space
    "Chen\u00adJing",  # soft hyphen
    "\ufeffChen Jing",
    "Chen\u2060 Jing\u200e",
    "Chen\u3164Jing",  # a letter that shows nothing
    "Chen\u2800Jing",  # braille blank
    "Chen J\ufe0fing",  # variation selector
    "Chen\tJing\n",
    "Ｃｈｅｎ　Ｊｉｎｇ",  # full width
    "Che\U000e0041n Jing",  # a tag
]
LOOK_ALIKES = [
    "\u0421hen Jing",  # Cyrillic capital es
    "Ch\u0435n Jing",  # Cyrillic ie
    "\u03f9\u041d\u0395\u039d JING",  # Greek and Cyrillic capitals
    "Chen J\u0456n\u0261",  # Ukrainian i, script g
    "Chen J\u0131ng",  # no dot on the i
    "\u13df\u041d\u0395\u039d JING",  # Cherokee
    "Chen-Jing.",  # punctuation makes nobody a second person
    "Chen\u00b7Jing",
    "\u201cChen Jing\u201d",
    "\U0001d402hen Jing",  # a mathematical letter
    "Chen\u2d7f Jing",  # marks that join and show nothing
    "Chen\U0001107f Jing",
    "Chen\U00011a47 Jing",
    "Chen\U00011a99 Jing",
    "Chen\U00016fe4 Jing",
]
OTHERS = ["Chen Qing", "Jing Chen", "陈静", "Chen Jing 2", "Chén Jìng", "Chen Ling", "Chang Jing"]
LOOKS = [
    ("Julia", "Ju|ia"),
    ("Il", "ll"),
    ("Popov", "Ророv"),
    ("O'Brien", "O\u2019Brien"),
    ("O'Brien", "\u041e\u02bcBrien"),
    ("Tom Burns", "Tom Bums"),
    ("约翰·史密斯", "约翰史密斯"),
    ("ΑΝΝΑ", "Anna"),
    ("Во", "bo"),
]
PAIRS = [("Straße", "STRASSE"), ("ﬁnn", "FINN"), ("Å", "A\u030a"), ("Σοφός", "ΣΟΦΌΣ"), ("İ", "i̇")]


@pytest.mark.parametrize("spelled", [*SPELLINGS, *LOOK_ALIKES])
def test_spellings_of_one_name_are_one_person(spelled: str) -> None:
    people = MemoryPersonal()

    assert people.holder_sha256(spelled) == people.holder_sha256("Chen Jing")


@pytest.mark.parametrize("other", OTHERS)
def test_other_names_are_other_people(other: str) -> None:
    people = MemoryPersonal()

    assert people.holder_sha256(other) != people.holder_sha256("Chen Jing")


@pytest.mark.parametrize(("one", "other"), LOOKS)
def test_what_looks_alike_may_be_one_person(one: str, other: str) -> None:
    assert compared(one) != compared(other)
    assert not are_two_people(one, other)
    people = MemoryPersonal()
    assert people.holder_sha256(one) == people.holder_sha256(other)


@pytest.mark.parametrize(("one", "other"), [("Lan Li", "Ian Li"), ("Na Wu", "Va Wu"), ("·", "-")])
def test_what_looks_different_is_two_people(one: str, other: str) -> None:
    assert are_two_people(one, other)


@pytest.mark.parametrize("nobody", ["", "\u200b"])
def test_nobody_is_no_second_person(nobody: str) -> None:
    assert not are_two_people("Chen Jing", nobody)
    assert not are_two_people(nobody, "Chen Jing")


def test_every_letter_that_the_table_knows_has_one_prototype() -> None:
    """Each letter leads to what its look-alikes lead to; no name made of letters vanishes."""
    kinds = {"Lu", "Ll", "Lt", "Lo"}  # what else is called a letter may be no more than a sign

    def is_letter(text: str) -> bool:
        return len(normalize("NFD", text)) == 1 and category(text) in kinds

    letters = [each for each in confusables_data if is_letter(each)]
    assert len(letters) > 3_000
    for letter in letters:
        assert skeletons(letter)
        for alike in confusables_data[letter]:
            other = alike["c"].strip("\u200e")
            if is_letter(other):
                assert set(skeletons(letter)) & set(skeletons(other)), (letter, other)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_case_and_form_do_not_count(one: str, other: str) -> None:
    assert compared(one) == compared(other)


def test_whatever_shows_nothing_is_among_the_runs() -> None:
    unseen = {code for first, last in UNSEEN for code in range(first, last + 1)}
    kinds = {"Cc", "Cf", "Zs", "Zl", "Zp"}

    assert not [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if category(chr(code)) in kinds and code not in unseen
    ]


REACH = Reach(names_that_change=50, names_of_several_letters=100)


@REACH.demanded
@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.text(max_size=12), st.sampled_from([chr(first) for first, _ in UNSEEN]))
def test_the_key_is_its_own_key_whatever_is_hidden_in_it(name: str, hidden: str) -> None:
    REACH.met("names_that_change", compared(name) != name)
    REACH.met("names_of_several_letters", len(name) > 1)
    assert compared(compared(name)) == compared(name)
    assert compared(hidden.join(name)) == compared("".join(name))
    assert set(skeletons(name)) & set(skeletons(compared(name))), "what is compared equal looks so"


@pytest.mark.parametrize("nobody", ["", " ", "\u200b", "\u00ad\u2060", "\u3164\u2800"])
def test_a_name_that_shows_nothing_names_nobody(nobody: str) -> None:
    with pytest.raises(Refused) as caught:
        must_name_somebody(nobody)

    assert (caught.value.reason, caught.value.field) == (Reason.bad_field, "/holder")
    must_name_somebody("Q")


# --- in PostgreSQL


@pytest.fixture
def older(empty_postgres_dsn: str, tmp_path: Path) -> str:
    """A database of an earlier release: the files before 0012 alone."""
    for each in migrations_in(sql_folder()):
        if each.name < "0012":
            (tmp_path / each.name).write_bytes(each.text)
    migrate(empty_postgres_dsn, folder=tmp_path)
    return empty_postgres_dsn


def note_earlier(dsn: str, *names: str) -> None:
    """These names, each with a salt and a hash of its own, the first one the oldest."""
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO personal (subject, salt, name, noted_at)"
            " VALUES (%s, %s, %s, now() + %s * interval '1 second')",
            [(f"k-{number:04d}", salt(number), name, number) for number, name in enumerate(names)],
        )


def salt(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_a_name_noted_before_is_found_by_any_spelling(older: str) -> None:
    note_earlier(older, "Chen Jing", "Zhao Lei")
    migrate(older)
    people = PostgresPersonal(older)

    for spelled in [*SPELLINGS, *LOOK_ALIKES]:
        assert PostgresPersonal(older).holder_sha256(spelled) == hashed(bytes(16), "Chen Jing")
        assert people.holder_sha256(spelled) == hashed(bytes(16), "Chen Jing")
    people.note("k-0009", "CHEN\u200bJING")
    assert PostgresPersonal(older).holder_sha256("chen jing") == hashed(bytes(16), "Chen Jing")
    assert people.holder_sha256("Someone Else") not in {
        hashed(salt(number), name) for number, name in enumerate(["Chen Jing", "Zhao Lei"])
    }


def test_of_two_that_were_noted_apart_the_older_speaks(older: str) -> None:
    note_earlier(older, "chen jing", "Chen Jing")
    migrate(older)

    told = PostgresPersonal(older).holder_sha256("Chen Jing")

    assert told == hashed(bytes(16), "chen jing")


def test_skeletons_of_an_older_table_of_letters_are_written_anew(postgres_dsn: str) -> None:
    PostgresPersonal(postgres_dsn).note("k-0001", "Chen Jing")
    with psycopg.connect(postgres_dsn) as connection:
        (kept,) = connection.execute("SELECT skeletons FROM personal").fetchone() or ((),)
        assert kept == skeletons("Chen Jing")
        connection.execute("UPDATE personal SET skeletons = '{of, old}'")

    first = PostgresPersonal(postgres_dsn).holder_sha256("Chen Jing")

    assert first == PostgresPersonal(postgres_dsn).holder_sha256(LOOK_ALIKES[0])
    with psycopg.connect(postgres_dsn) as connection:
        assert connection.execute("SELECT skeletons FROM personal").fetchone() == (kept,)


def test_two_looks_asked_for_before_either_is_noted_are_one(postgres_dsn: str) -> None:
    people = PostgresPersonal(postgres_dsn)

    assert people.holder_sha256("Chen Jing") == people.holder_sha256(LOOK_ALIKES[0])


def test_a_second_key_of_a_person_is_noted_under_the_same_hash(postgres_dsn: str) -> None:
    people = PostgresPersonal(postgres_dsn)
    first = people.holder_sha256("Chen Jing")
    people.note("k-0001", "Chen Jing")
    people.note("k-0002", "CHEN JING")

    assert PostgresPersonal(postgres_dsn).holder_sha256("chenjing") == first
    with psycopg.connect(postgres_dsn) as connection:  # the first row is erased: the second serves
        connection.execute("DELETE FROM personal WHERE subject = 'k-0001'")
    assert PostgresPersonal(postgres_dsn).holder_sha256("chenjing") == first


def test_the_migration_compares_as_the_gateway_does(older: str) -> None:
    """Every character that this Python knows, alone and between letters."""
    known = [
        chr(code)
        for code in range(1, sys.maxunicode + 1)
        if category(chr(code)) not in {"Cs", "Cn", "Co"}
    ]
    names = [
        "".join(f"a{char}b " for char in known[at : at + 64]) for at in range(0, len(known), 64)
    ]
    note_earlier(older, *names)
    migrate(older)
    with psycopg.connect(older) as connection:
        rows = connection.execute("SELECT name, compared FROM personal").fetchall()

    assert len(rows) == len(names)
    different = [(name, found) for name, found in rows if found != compared(name)]
    assert different == []
