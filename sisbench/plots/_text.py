"""Texts in figures: names and reasons come from files, and are drawn as they are."""

from __future__ import annotations

import functools
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sisbench.plots._style import MUTED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = 7.5
_PER_INCH = 17
"""Characters of a caption that fit an inch: half the size of the letters each, and some room to spare."""
_LONGEST = 48
"""Characters of a name in a figure: about half the width of the narrowest."""
_CHARACTER, _HANDLE = 0.075, 0.6
"""Inches of a character of a legend and of the symbol before it, with the space around."""
_LINE = _SIZE * 1.32 / 72


def caption(figure: Figure, lines: Iterable[str]) -> None:
    """Write lines below a figure, wrapped to its width; the figure grows by their height."""
    width, height = figure.get_size_inches()
    wrapper = textwrap.TextWrapper(int(width * _PER_INCH), subsequent_indent="    ", break_on_hyphens=False)
    wrapped = [part for line in lines for part in wrapper.wrap(line)]
    if wrapped:
        figure.set_size_inches(width, height + _LINE * len(wrapped))
        figure.supxlabel("\n".join(wrapped), x=0.012, ha="left", fontsize=_SIZE, color=MUTED, linespacing=1.25)


def absent(reasons: Mapping[str, str], shorten: bool = True) -> list[str]:
    """Return one line for each reason why something is not drawn, with all that share it.

    Args:
        reasons: By what is absent.
        shorten: Keep the first sentence only, which says what is missing; the rest says what to do.

    >>> absent({"spade": "no weights. Fetch them.", "oasis": "no weights. Fetch them."})
    ['n/a  spade, oasis: no weights.']
    """
    together: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        together.setdefault(first_sentence(reason) if shorten else reason, []).append(name)
    return [f"n/a  {', '.join(names)}: {reason}" for reason, names in together.items()]


def first_sentence(text: str) -> str:
    """Return a text up to the first full stop before a capital letter.

    >>> first_sentence("version 0.1 of x.pth is not there. Fetch it.")
    'version 0.1 of x.pth is not there.'
    """
    for place, character in enumerate(text):
        if character == "." and text[place + 1 : place + 2] == " " and text[place + 2 : place + 3].isupper():
            return text[: place + 1]
    return text


def drawable(text: str) -> str:
    r"""Return a text with what the font lacks (ideographs) or nobody sees (control characters) written as numbers.

    >>> drawable("LGGAN ↑ \u65b9\x1b\u202e")
    'LGGAN ↑ \\u65b9\\x1b\\u202e'
    """
    return "".join(c if c == "\n" or _is_drawn(c) else c.encode("unicode_escape").decode() for c in text)


def short_name(name: str) -> str:
    r"""Return a name as it stands in a figure: drawable, cut in the middle where it leaves no room for the data.

    >>> short_name("lggan"), short_name("a" * 40 + "b" * 40)
    ('lggan', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa…bbbbbbbbbbbbbbbbbbb')
    """
    text = drawable(" ".join(name.split()))
    if len(text) > _LONGEST:
        text = f"{text[:28]}…{text[-19:]}"  # files of one name differ at the end, by their folder
    return f" {text}" if text.startswith("_") else text  # matplotlib's legends leave out what starts with "_"


def legend_columns(names: Iterable[str], width: float) -> int:
    """Return how many entries of a legend, at most four, stand side by side.

    Args:
        names: As drawn, in letters of 8 points.
        width: Of the figure, inches.

    >>> legend_columns(["lggan", "spade"], 5.4), legend_columns(["lggan (lggan-quick-seed0-5e6f7a8b)"], 5.4)
    (4, 1)
    """
    return min(4, max(1, int(width / (_HANDLE + _CHARACTER * max(map(len, names), default=0)))))


def make_drawable(figure: Figure) -> None:
    """Make every text of a figure one that is drawn as it is, dollar signs included."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
        if (written := text.get_text()) != (clean := drawable(written)):
            text.set_text(clean)


def _is_drawn(character: str) -> bool:
    """Fonts know some format characters (category Cf), such as overrides of direction, which turn text around."""
    return ord(character) in _characters() and unicodedata.category(character) != "Cf"


@functools.cache
def _characters() -> frozenset[int]:
    from matplotlib import font_manager

    return frozenset(font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap())
