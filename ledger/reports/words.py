"""What a tool prints where it has no value: one list for every field and every maker (DOMAIN 9).

The driver's own sentences are those of NVML's error strings; `nvidia-smi` puts some in brackets.
"""

from typing import Final

# The card has no such thing, or does not tell it: nothing is wrong.
NOT_APPLICABLE: Final = frozenset({"", "n/a", "na", "not supported", "not available"})
# In the place of a name or a number: somebody left it out, or hid it.
LEFT_OUT: Final = frozenset({"none", "null", "nil", "not specified", "redacted", "hidden", "-"})
# The tool asked and got no answer: the value is missing, and never means "No" or "None".
NO_ANSWER: Final = frozenset(
    {
        "err!",
        "error",
        "unknown",
        "unknown error",
        "gpu is lost",
        "gpu requires reset",
        "gpu requires restart",
        "gpu access blocked by the operating system",
        "insufficient permissions",
        "insufficient external power",
        "insufficient size",
        "insufficient resources",
        "insufficient memory",
        "in use",
        "no data",
        "not found",
        "not ready",
        "not initialized",
        "uninitialized",
        "already initialized",
        "invalid argument",
        "argument version mismatch",
        "function not found",
        "driver not loaded",
        "timeout",
        "interrupt request issue",
        "irq issue",
        "corrupted inforom",
        "corrupted inforom is detected",
        "driver/library version mismatch",
        "memory error",
        "requested functionality has been deprecated",
        "reset required",
        "gpu lost",
        "nvml shared library not found",
        "rm has detected an nvml/rm version mismatch",
        "operating system call failed",
        "system is not in ready state",
    }
)
_LOST: Final = frozenset({"gpu is lost", "gpu lost", "gpu requires reset", "gpu requires restart"})
_AROUND: Final = " \t[]()<>.\"'"


def bare(text: str) -> str:
    """The text in small letters, without the brackets and stops that tools put around words."""
    return " ".join(text.strip(_AROUND).casefold().split())


def is_not_applicable(text: str) -> bool:
    """Whether the card has no such value, or its tool does not tell it."""
    return bare(text) in NOT_APPLICABLE


def is_no_value(text: str) -> bool:
    """Whether this stands in the place of a name or a number, and is none."""
    return bare(text) in LEFT_OUT or is_unanswered(text)


def is_unanswered(text: str) -> bool:
    """Whether this is what a tool prints for want of a value; `None` may be a value."""
    plain = bare(text)
    return plain in NOT_APPLICABLE or plain in NO_ANSWER or _is_code_of_error(plain)


def is_lost(text: str) -> bool:
    """Whether the driver says that the GPU itself does not answer any more."""
    return bare(text) in _LOST


def _is_code_of_error(plain: str) -> bool:
    """`Unknown Error (999)`, `nvml error 15`: the same words with a number behind."""
    words = plain.rstrip("0123456789").rstrip(" (:#-")
    return words != plain and words in NO_ANSWER | {"nvml error", "nvml_error", "error code"}
