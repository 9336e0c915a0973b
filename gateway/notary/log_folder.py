"""A published log as a folder: read with a limit, written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from ledger.log.log_check import LogFault, NotPublished
from ledger.log.tiles import read_number_path

VERIFIERS: Final = "key"  # the log's public keys, a line each
HEADS: Final = "heads"  # each head that was ever signed, by its size
UNFINISHED: Final = ".unfinished"
SINGLY: Final = 64  # files made sure of one by one; more are all at once


class LogFolder:
    """Reads and writes the files of one log. What is not there is never taken for empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unsure: list[Path] = []  # written, and perhaps not on the disk yet

    def read(self, path: str, most: int) -> bytes:
        """The bytes of a file. Raises NotPublished; LogFault for more than *most*."""
        try:
            with (self.folder / path).open("rb") as file:
                raw = file.read(most + 1)
        except (FileNotFoundError, NotADirectoryError):
            raise NotPublished(f"{path} is missing in {self.folder}") from None
        except OSError as error:
            raise LogFault(f"{path} in {self.folder} cannot be read: {error.strerror}") from None
        if len(raw) > most:
            raise LogFault(f"{path} in {self.folder} is longer than {most:,} bytes")
        return raw

    def write(self, path: str, raw: bytes) -> None:
        """Put a file there, whole: a reader finds the old one or this one. Raises OSError."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._unsure.append(replace_file(target, raw))

    def settle(self) -> None:
        """All that was written is on the disk when this returns. Raises OSError."""
        if len(self._unsure) > SINGLY:
            os.sync()
        else:
            for path in self._unsure:
                be_on_disk(path)
            for folder in {path.parent for path in self._unsure}:
                be_on_disk(folder)
        self._unsure.clear()

    def forget_parts(self, path: str) -> None:
        """Remove what a tile was while it was not full; its beginning is the same."""
        shutil.rmtree(self.folder / f"{path}.p", ignore_errors=True)

    def kept_sizes(self) -> Iterator[tuple[int, str]]:
        """The size and path of each head that is kept, in no order."""
        top = self.folder / HEADS
        for path in top.rglob("*"):
            found = read_number_path(path.relative_to(top).as_posix())
            if found is not None and path.is_file():
                yield found[0], path.relative_to(self.folder).as_posix()


def move_into(source: Path, target: Path) -> None:
    """Have what is at *source* at *target*, with what was there: of two files the moved one stands.

    Done again after it broke off, it goes on. What is not there is not moved. Raises OSError.
    """
    if not source.exists():
        return
    if source.is_dir() and target.is_dir():
        for each in list(source.iterdir()):
            move_into(each, target / each.name)
        source.rmdir()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def replace_file(target: Path, raw: bytes, mode: int = 0o644) -> Path:
    """Put a file in the place of what is there, whole, and return it. Raises OSError."""
    unfinished = target.with_name(f"{target.name}{UNFINISHED}")
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        unfinished.replace(target)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise OSError(error.errno, error.strerror, str(target)) from error
    return target


def write_safely(target: Path, raw: bytes) -> None:
    """Put a file of the owner's own in the place of what is there, and wait for the disk."""
    be_on_disk(replace_file(target, raw, 0o600))
    be_on_disk(target.parent)


def be_on_disk(path: Path) -> None:
    """Wait until a file or a folder's list of files is on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(handle)
