"""How a house test fails: each place, then what to do about it."""


def advise(wrong: list[str], advice: str) -> str:
    """The places, one a line, and the advice."""
    return "\n".join(["", *wrong, f"=> {advice}"])
