"""Figures of records, evaluations and published numbers: one module each, drawn by matplotlib.

A module has a pure function from plain data to a `matplotlib.figure.Figure`, and registers the function that reads the
files for it, from which 'sisbench plot' makes a command::

    @register("histdist", files="required", options=(PROTOCOL, Option("aggregation", "...", choices=...)))
    def command(files, protocol, aggregation): ...

Modules load matplotlib when they draw, not before: naming the figures costs nothing. No figure loads torch: those of
label maps, which may have to be read off images, get them from whoever draws (`_labelled`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sisbench.errors import InputError
from sisbench.files import atomic
from sisbench.plots._kind import Drawing as Drawing
from sisbench.plots._kind import Kind as Kind
from sisbench.plots._kind import Option as Option
from sisbench.plots._kind import get as get
from sisbench.plots._kind import names as names
from sisbench.plots._kind import register as register

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
"""Colours that people with any colour vision tell apart (Okabe, Ito, "Color Universal Design", 2008); black is ink."""

_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": "sisbench", "Producer": None},
    "svg": {"Date": None, "Creator": "sisbench"},
    "png": {"Software": None},
}
_SETTINGS = {"svg.hashsalt": "sisbench", "pdf.fonttype": 42, "svg.fonttype": "path", "text.parse_math": False}
_DPI = 200


def require_kind(path: Path) -> str:
    """Return the kind of file that a path names: "pdf", "svg" or "png".

    Raises:
        InputError: Another suffix.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in _METADATA:
        raise InputError(
            f"the figure was to be written to {path}, of the kind {path.suffix or 'without a suffix'}; expected .pdf, "
            ".svg or .png. Choose one of them."
        )
    return kind


def save(figure: Figure, path: Path) -> None:
    """Write a figure atomically, as its suffix says: .pdf or .svg (vectors), or .png (200 dots per inch).

    The same figure gives the same bytes with the same version of matplotlib: no date, no random identifiers. Texts are
    drawn as they are: a dollar sign starts no formula, and a character that the font lacks is written as its number.

    Raises:
        InputError: Another suffix, or the file cannot be written.
    """
    import matplotlib

    from sisbench.plots._text import make_drawable

    kind = require_kind(path)
    make_drawable(figure)
    with atomic(path) as temporary, matplotlib.rc_context(_SETTINGS):
        figure.savefig(temporary, format=kind, dpi=_DPI, metadata=_METADATA[kind])
