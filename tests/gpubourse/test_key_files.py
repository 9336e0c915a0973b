"""A key's file is for its owner alone, and never leaves its folder."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gpubourse import key_files

SEED = bytes(range(32))
PUBLIC_KEY = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"


def test_a_key_file_comes_back_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    key = key_files.KeyFile("p-0001", "k-0001", "cn-1", Ed25519PrivateKey.from_private_bytes(SEED))
    path = key_files.key_file_path(tmp_path / "keys", "clerk-1")

    key_files.write_key_file(path, key)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = key_files.read_key_file(path)
    assert (read.party, read.principal, read.venue) == ("p-0001", "k-0001", "cn-1")
    assert read.public_key == PUBLIC_KEY
    with pytest.raises(key_files.KeyFileError, match="already"):
        key_files.write_key_file(path, key)
    path.chmod(0o640)
    with pytest.raises(key_files.KeyFileError, match="chmod 600"):
        key_files.read_key_file(path)


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o755, 0o750, 0o701])
def test_a_folder_that_was_there_before_is_shut(tmp_path: Path, mode: int) -> None:
    key = key_files.KeyFile("p-0001", "k-0001", "cn-1", Ed25519PrivateKey.from_private_bytes(SEED))
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(mode)

    key_files.write_key_file(folder / "clerk-1", key)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert key_files.read_key_file(folder / "clerk-1").party == "p-0001"


def test_a_folder_that_cannot_be_shut_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_not_ours(*_: object) -> None:
        raise PermissionError

    key = key_files.KeyFile("p-0001", "k-0001", "cn-1", Ed25519PrivateKey.from_private_bytes(SEED))
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys").chmod(0o777)
    monkeypatch.setattr(Path, "chmod", is_not_ours)

    with pytest.raises(key_files.KeyFileError, match="chmod 700"):
        key_files.write_key_file(tmp_path / "keys" / "clerk-1", key)
    assert not (tmp_path / "keys" / "clerk-1").exists()


@pytest.mark.parametrize(("mode", "is_read"), [(0o777, False), (0o770, False), (0o755, True)])
def test_a_key_that_others_may_swap_is_not_used(tmp_path: Path, mode: int, is_read: bool) -> None:
    key = key_files.KeyFile("p-0001", "k-0001", "cn-1", Ed25519PrivateKey.from_private_bytes(SEED))
    path = tmp_path / "keys" / "clerk-1"
    key_files.write_key_file(path, key)
    path.parent.chmod(mode)

    if is_read:
        assert key_files.read_key_file(path).party == "p-0001"
    else:
        with pytest.raises(key_files.KeyFileError, match="chmod 700"):
            key_files.read_key_file(path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"private_key":"AA"}', "\x00"])
def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trader"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(key_files.KeyFileError, match="not a key file"):
        key_files.read_key_file(path)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65])
def test_a_key_name_never_leaves_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(key_files.KeyFileError):
        key_files.key_file_path(tmp_path, name)
