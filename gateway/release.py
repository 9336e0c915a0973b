"""Which release this is. The one place that says it is `version` in pyproject.toml."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

PACKAGE: Final = "gpubourse"
NOT_INSTALLED: Final = "source"  # the files alone, without an installed package that knows


def release() -> str:
    """The version of the installed package, such as `1.2.3`; `source` where none is installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return NOT_INSTALLED
