"""The log's keys are made once, lie shut, are asked for by name, and are no other journal's."""

from pathlib import Path

import pytest

from gateway.notary import signers
from gateway.notary.signers import (
    ED25519_FILE,
    LAST_HEAD,
    ML_DSA_44_FILE,
    NO_ML_DSA_44_FILE,
    SALT_FILE,
    SignersUnusable,
    has_ml_dsa_44,
    one_notary,
    signers_in,
)
from tests.ledger.log.published import NOW_S, Log, Rows

ORIGIN = "gpubourse/cn-1/0123456789abcdef"
FILES = (ED25519_FILE, ML_DSA_44_FILE, SALT_FILE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with one_notary(tmp_path / "notary"):
        return tmp_path / "notary"


def test_new_keys_are_for_their_owner_alone_and_are_read_back(folder: Path) -> None:
    made = signers_in(folder, ORIGIN, is_log_there=False)

    assert made.verifiers == signers_in(folder, ORIGIN, is_log_there=True).verifiers
    assert made.salt_source == signers_in(folder, ORIGIN, is_log_there=True).salt_source
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in FILES:
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert len({(folder / name).read_text("utf-8") for name in FILES}) == 3


@pytest.mark.parametrize("name", FILES)
def test_a_key_that_is_missing_is_asked_for_by_name_and_never_made_again(
    folder: Path, name: str
) -> None:
    signers_in(folder, ORIGIN, is_log_there=False)
    (folder / name).unlink()

    with pytest.raises(SignersUnusable, match=f"{name} is missing, and this log was begun"):
        signers_in(folder, ORIGIN, is_log_there=False)
    assert not (folder / name).exists()


@pytest.mark.parametrize("is_log_there", [False, True])
def test_beside_a_log_or_its_last_head_no_key_is_made(folder: Path, is_log_there: bool) -> None:
    if not is_log_there:
        (folder / LAST_HEAD).write_bytes(b"a head")

    with pytest.raises(SignersUnusable, match="is missing"):
        signers_in(folder, ORIGIN, is_log_there=is_log_there)
    assert not any((folder / name).exists() for name in FILES)


def test_a_published_log_without_its_keys_is_not_continued(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.publish(Rows(5))
    for path in log.own.iterdir():
        path.unlink()

    with pytest.raises(SignersUnusable, match="is missing"):
        log.publish(Rows(6))
    assert log.head().head.size == 5


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+x+00000000+AAAA\n", "A" * 44, "\udcff"])
def test_a_broken_key_is_named(folder: Path, name: str, text: str) -> None:
    signers_in(folder, ORIGIN, is_log_there=False)
    (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(SignersUnusable, match=f"{name} is broken: put it back"):
        signers_in(folder, ORIGIN, is_log_there=True)


@pytest.mark.parametrize("name", [ED25519_FILE, ML_DSA_44_FILE])
def test_a_key_with_another_name_or_seed_than_its_id_is_broken(folder: Path, name: str) -> None:
    signers_in(folder, ORIGIN, is_log_there=False)
    whole = (folder / name).read_text("utf-8")
    for text in (whole.replace("cn-1", "cn-2"), whole.replace(whole[-9:-5], "AAAA")):
        (folder / name).write_text(text, "utf-8")
        with pytest.raises(SignersUnusable, match="is broken"):
            signers_in(folder, ORIGIN, is_log_there=True)


@pytest.mark.parametrize("name", FILES)
def test_a_key_that_others_may_read_is_refused(folder: Path, name: str) -> None:
    signers_in(folder, ORIGIN, is_log_there=False)
    (folder / name).chmod(0o640)

    with pytest.raises(SignersUnusable, match=f"Others may read {folder / name}: say 'chmod 600"):
        signers_in(folder, ORIGIN, is_log_there=True)


def test_the_keys_of_another_journal_are_refused_by_name(folder: Path) -> None:
    signers_in(folder, ORIGIN, is_log_there=False)

    with pytest.raises(SignersUnusable, match=r"signs for gpubourse/cn-1/0123.*log is gpubourse/b"):
        signers_in(folder, "gpubourse/b/c", is_log_there=True)


def test_without_ml_dsa_a_log_is_begun_by_ed25519_alone_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr(signers, "MLDSA44PrivateKey", None)
        assert not has_ml_dsa_44()
        log = Log(tmp_path)
        log.publish(Rows(5))
    assert has_ml_dsa_44()
    (words,) = log.words
    assert "no ML-DSA-44 (it is there from release 47 on)" in words
    assert (log.own / NO_ML_DSA_44_FILE).exists()

    log.publish(Rows(6), NOW_S)  # a newer program: the log stays what it was begun as

    assert log.verifiers.ml_dsa_44 is None
    assert len(log.verifiers.text.splitlines()) == 1
    assert (log.head().head.size, log.head().signed_s) == (6, 0)
    assert log.check() == (6, 0)


def test_a_log_that_was_begun_with_ml_dsa_is_not_continued_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(tmp_path)
    log.publish(Rows(5))
    monkeypatch.setattr(signers, "MLDSA44PrivateKey", None)

    with pytest.raises(SignersUnusable, match="install release 47 or newer"):
        log.publish(Rows(6))
