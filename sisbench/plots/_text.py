"""Texts in figures: names and reasons come from files, and are drawn as they are."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sisbench.plots._style import MUTED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = 7.5
_PER_INCH = 17
"""Characters of a caption that fit an inch: half the size of the letters each, and some room to spare."""
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
    r"""Return a text with what the font lacks (ideographs, control characters) written as numbers.

    >>> drawable("LGGAN ↑ \u65b9\x1b")
    'LGGAN ↑ \\u65b9\\x1b'
    """
    known = _characters()
    return "".join(c if c == "\n" or ord(c) in known else c.encode("unicode_escape").decode() for c in text)


def make_drawable(figure: Figure) -> None:
    """Make every text of a figure one that is drawn as it is, dollar signs included."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
        if (written := text.get_text()) != (clean := drawable(written)):
            text.set_text(clean)


@functools.cache
def _characters() -> frozenset[int]:
    from matplotlib import font_manager

    return frozenset(font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap())
