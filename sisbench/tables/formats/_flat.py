"""A cell as plain values under names, the same in CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sisbench.tables.formats._notes import QUANTITIES, Quantity
from sisbench.tables.model import Cell

Plain = str | float | bool | None

_NAMES: Mapping[Quantity, tuple[str, ...]] = {
    "published": ("published", "published_text", "published_protocol", "published_note", "source", "source_table"),
    "measured": ("measured", "stderr", "origin", "weights", "complete", "recipe", "seed", "record", "digest"),
    "difference": ("difference",),
    "interval": ("low", "high"),
    "n": ("n",),
}


def names(show: Sequence[Quantity]) -> list[str]:
    """Return the names of the values of a cell, in order.

    Args:
        show: What is asked for; it comes in the order of `QUANTITIES`, whatever order it is asked for in.
    """
    return ["mark", *(name for quantity in QUANTITIES if quantity in show for name in _NAMES[quantity]), "reason"]


def values(cell: Cell) -> dict[str, Plain]:
    """Return all that is known of a cell, unrounded and in the unit of its column; None where nothing is."""
    found: dict[str, Plain] = {
        "mark": cell.mark,
        "difference": cell.difference,
        "reason": cell.reason.replace("\n", "; ") or None,
    }
    if cell.published is not None:
        p = cell.published
        found |= {"published": p.value, "published_text": p.text, "published_protocol": p.protocol or None}
        found |= {"published_note": p.note or None, "source": p.source, "source_table": p.table}
    if cell.measured is not None:
        m = cell.measured
        found |= {"measured": m.value, "stderr": m.stderr, "n": m.n, "origin": m.origin, "weights": m.weights}
        found |= {"complete": m.complete, "recipe": m.recipe, "seed": m.seed}
        found |= {"record": m.record.as_posix(), "digest": m.digest}
        found["low"], found["high"] = m.interval or (None, None)
    return found
