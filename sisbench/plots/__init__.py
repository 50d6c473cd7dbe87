"""Figures of records and evaluations: one module each, drawn by matplotlib without a display and without torch.

A module has a function from plain data to a `matplotlib.figure.Figure`; `save` writes any of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sisbench.errors import InputError
from sisbench.files import atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
"""Colours that people with any colour vision tell apart (Okabe, Ito, "Color Universal Design", 2008); black is ink."""

_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": "sisbench", "Producer": None},
    "svg": {"Date": None, "Creator": "sisbench"},
    "png": {"Software": None},
}
_SETTINGS = {"svg.hashsalt": "sisbench", "pdf.fonttype": 42, "svg.fonttype": "path"}
_DPI = 200


def save(figure: Figure, path: Path) -> None:
    """Write a figure atomically, as its suffix says: .pdf or .svg (vectors), or .png (200 dots per inch).

    The same figure gives the same bytes with the same version of matplotlib: no date, no random identifiers.

    Raises:
        InputError: Another suffix, or the file cannot be written.
    """
    import matplotlib

    kind = path.suffix.lower().removeprefix(".")
    if kind not in _METADATA:
        raise InputError(
            f"the figure was to be written to {path}, of the kind {path.suffix or 'without a suffix'}; expected .pdf, "
            ".svg or .png. Choose one of them."
        )
    with atomic(path) as temporary, matplotlib.rc_context(_SETTINGS):
        figure.savefig(temporary, format=kind, dpi=_DPI, metadata=_METADATA[kind])
