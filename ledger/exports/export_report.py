"""What `audit export` tells of the files that it wrote."""

from typing import TypedDict


class ExportedFile(TypedDict):
    """One file of an export."""

    file: str
    sha256: str  # in hexadecimal, as sha256sum prints it
    size_bytes: int


class ExportedMonth(TypedDict):
    """One month of an export."""

    month: str
    first_position: int
    last_position: int
    is_over: bool  # False: at the head the month was not over yet
    files: list[ExportedFile]


class ExportReport(TypedDict):
    """What `audit export` prints, and leaves beside the files as export.json."""

    format: str
    venue: str
    position: int
    chain: str
    months: list[ExportedMonth]
