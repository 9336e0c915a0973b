"""Whether this Python keeps its asserts, which are the invariants: else nothing starts."""


class Optimised(Exception):
    """This Python drops its asserts (`python -O`, PYTHONOPTIMIZE): the text says what to do."""


def must_keep_asserts() -> None:
    """Raise Optimised where asserts are dropped."""
    if not __debug__:
        raise Optimised(
            "This Python drops the checks that keep the books right: start it without -O, and "
            "with PYTHONOPTIMIZE unset."
        )
