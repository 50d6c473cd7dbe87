"""Letters and digits of 3 x 5 dots: what is written on signs, shops and posters."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.noise import cell, clamp, fade, floor

# One octal digit is one row of three dots, the first is the top row.
_DIGITS = (0o75557, 0o26227, 0o71747, 0o71717, 0o55711, 0o74717, 0o74757, 0o71244, 0o75757, 0o75717)
_VOWELS = (0o25755, 0o74647, 0o72227, 0o25552, 0o55557)
_CONSONANTS = (
    0o65656, 0o34443, 0o65556, 0o74644, 0o34553, 0o55755, 0o55655, 0o44447, 0o57755, 0o65555, 0o65644, 0o65655, 0o34216,
    0o72222, 0o55552, 0o71247,
)  # fmt: skip
_FONT = np.array(_DIGITS + _VOWELS + _CONSONANTS, np.int64)
_INK = 0.42  # mean share of dots that are set, with the gap between letters


@shader
def dot(code: int, x: float, y: float) -> float:
    """Whether a character covers a place: 1 or 0.

    Args:
        code: 0 to 9 are digits, then vowels, then consonants.
        x: 0 at its left, 1 at its right edge.
        y: 0 at its lower, 1 at its upper edge.
    """
    if x < 0 or x >= 1 or y < 0 or y >= 1:
        return 0.0
    return float((_FONT[code] >> (floor(5 * y) * 3 + 2 - floor(3 * x))) & 1)


@shader
def word(x: float, y: float, length: int, seed: int, foot: float) -> float:
    """Ink of an invented word, vowels and consonants in turn, 0 to 1.

    Args:
        x: 0 to `length`, one letter each.
        y: 0 at the lower, 1 at the upper edge of the letters.
        length: Letters.
        seed: Chooses the word.
        foot: What a pixel covers, in the unit of `x`.
    """
    if x < 0 or x >= length or y < 0 or y >= 1:
        return 0.0
    i = floor(x)
    h = cell(i, length, seed)
    code = 10 + h % 5 if (i + seed) % 2 == 0 else 15 + h % 16
    ink = dot(code, (x - i) * 4 / 3, y)
    return _INK + (ink - _INK) * fade(foot, 0.35)


@shader
def number(x: float, y: float, value: int, foot: float) -> float:
    """Ink of a number of two digits; `x` 0 to 2, the rest as for `word`."""
    if x < 0 or x >= 2 or y < 0 or y >= 1:
        return 0.0
    i = floor(x)
    ink = dot(value // 10 if i == 0 else value % 10, (x - i) * 1.2, y)
    return _INK + (ink - _INK) * clamp(fade(foot, 0.4), 0.0, 1.0)
