"""Characters that are digits to `\\d`, `isdigit` or `int`, and none of the ten of the wire."""

from typing import Final

OTHER_DIGITS: Final = ("٣", "３", "१", "𝟑", "²")
