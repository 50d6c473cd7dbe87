"""Bars of colour and texture distances by method, as in Fig. 3 of the OASIS short paper (Schönfeld et al.).

On the left the earth mover's distance of LAB histograms, on the right the chi-square distance of histograms of local
binary patterns, both between generated and real images. The paper gives neither bins nor aggregation, so its bars have
no scale that these could be held against: only the order of methods can be compared with it. The whiskers are 95 %
intervals (1.96 standard errors) of the measured numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sisbench.errors import InputError, counted
from sisbench.evaluation import Z95, Evaluation, NotAvailable, Value
from sisbench.plots import COLORS, Drawing, Option, register
from sisbench.plots._kind import PROTOCOL
from sisbench.plots._measured import evaluations
from sisbench.plots._text import absent, short_name
from sisbench.report_text import task

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Aggregation = Literal["paired", "pooled", "class"]
_SUFFIX: dict[Aggregation, str] = {"paired": "", "pooled": "_pooled", "class": "_class"}
_MEANING: dict[Aggregation, str] = {
    "paired": "each image against the photo of its layout, mean over images",
    "pooled": "all generated images against all photos",
    "class": "all generated images against all photos, class by class, mean over classes",
}
_METRICS: dict[Aggregation, tuple[str, str]] = {
    "paired": ("lab_emd", "lbp"),
    "pooled": ("lab_emd", "lbp"),
    "class": ("lab_emd_class", "lbp_class"),
}
"""Metrics (not outputs) that an evaluation needs for it."""
_PANELS = (("lab_emd", "Colour", "LAB histograms, EMD (LAB units)"), ("lbp_chi2", "Texture", "LBP histograms, χ²"))
_INK, _FAINT = "#222222", "#777777"
_BAR_WIDTH = 0.62
_CHARACTER = 0.08
"""Width of a character of a method's name, inches; names that are wider than their bar's share are slanted."""


@register(
    "histdist",
    files="required",
    options=(
        Option(
            "aggregation",
            "Histograms of an image and its photo, of all images of each side, or of all pixels of a class.",
            default="paired",
            choices=("paired", "pooled", "class"),
        ),
        PROTOCOL,
    ),
)
def command(files: tuple[Path, ...], aggregation: Aggregation, protocol: str | None) -> Drawing:
    """Bars of colour and texture distances by method.

    The figure is that of OASIS (Fig. 3). FILES are run folders, their record.json files, or JSON files of 'sisbench
    evaluate --output', all of the same samples under the same protocol. Methods are named by the record, else by the
    file.

    \b
    Examples:
      sisbench plot histdist spade.json oasis.json -o fig3.pdf
      sisbench plot histdist runs/tinytown/* --aggregation pooled -o fig3.png
    """  # noqa: D301 - click wants the character \b
    found = evaluations(files, protocol)
    figure = histdist(found, aggregation)
    reasons = {
        f"{label} {output}": score.reason
        for label, one in found.items()
        for output in outputs(aggregation)
        if (score := _missing(one, output))
    }
    return Drawing(figure, tuple(absent(reasons, shorten=False)))


def outputs(aggregation: Aggregation) -> tuple[str, str]:
    """Names of the two outputs that are drawn.

    >>> outputs("pooled")
    ('lab_emd_pooled', 'lbp_chi2_pooled')
    """
    colour, texture = (name + _SUFFIX[aggregation] for name, _, _ in _PANELS)
    return colour, texture


def histdist(methods: Mapping[str, Evaluation], aggregation: Aggregation = "paired") -> Figure:
    """Draw the figure.

    Args:
        methods: Evaluations of the same layouts under one protocol, by the name under the bar.
        aggregation: Which of the distances; see `_MEANING`.

    Returns:
        A figure of two panels; `plots.save` writes it. A number that a method lacks is marked n/a.

    Raises:
        InputError: No method has any of the numbers.
    """
    from matplotlib.figure import Figure

    names = outputs(aggregation)
    scores = {name: {label: _value(one, name) for label, one in methods.items()} for name in names}
    if not any(value for by_method in scores.values() for value in by_method.values()):
        reasons = {score.reason for one in methods.values() for o in names if (score := _missing(one, o))}
        raise InputError(
            f"none of {', '.join(methods)} has {' or '.join(names)}, which this figure shows"
            f"{''.join(f' ({reason})' for reason in sorted(reasons))}. Evaluate again with '--metrics "
            f"{','.join(_METRICS[aggregation])}', or choose another '--aggregation'."
        )
    width = max(5.6, 2.4 + 1.1 * len(methods))
    figure = Figure(figsize=(width, 3.4), layout="constrained")
    slanted = max(len(short_name(name)) for name in methods) * _CHARACTER > (width / 2 - 0.7) / len(methods)
    for axes, name, (_, what, unit) in zip(figure.subplots(1, 2), names, _PANELS, strict=True):
        _draw_panel(axes, scores[name], slanted)
        axes.set_title(f"{what} distance ↓", fontsize=10, color=_INK, loc="left", fontweight="bold")
        axes.set_ylabel(unit, fontsize=9, color=_INK)
    figure.supxlabel(_caption(next(iter(methods.values())), aggregation), fontsize=7.5, color=_FAINT)
    return figure


def _value(evaluation: Evaluation, output: str) -> Value | None:
    score = evaluation.results.get(output)
    return score if isinstance(score, Value) else None


def _missing(evaluation: Evaluation, output: str) -> NotAvailable | None:
    score = evaluation.results.get(output)
    return score if isinstance(score, NotAvailable) else None


def _draw_panel(axes: Axes, scores: Mapping[str, Value | None], slanted: bool) -> None:
    """Draw the bars of one output, each with its number."""
    for place, value in enumerate(scores.values()):
        if value is None:
            axes.annotate("n/a", (place, 0), (0, 3), textcoords="offset points", ha="center", color=_FAINT, fontsize=8)
            continue
        whisker = Z95 * (value.stderr or 0.0)
        color = COLORS[place % len(COLORS)]
        axes.bar(place, value.value, _BAR_WIDTH, color=color)
        if whisker:
            axes.errorbar(place, value.value, whisker, color=_INK, capsize=3, linewidth=1)
        top = (place, value.value + whisker)
        text = f"{value.value:.{_decimals(value)}f}"
        axes.annotate(text, top, (0, 2), textcoords="offset points", ha="center", color=_INK, fontsize=8)
    margin = 0.6 + max(0, 3 - len(scores)) / 2  # one or two bars are no wider than three
    axes.set_xlim(-margin, len(scores) - 1 + margin)
    axes.set_ylim(bottom=0)
    axes.margins(y=0.12)
    turn: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(len(scores)), list(map(short_name, scores)), fontsize=9, color=_INK, **turn)
    axes.tick_params(axis="x", length=0)
    axes.tick_params(axis="y", labelsize=8, colors=_FAINT)
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _decimals(value: Value) -> int:
    """Digits after the point: two digits of the standard error, else three digits of the number."""
    scale = value.stderr or abs(value.value) / 10
    return min(max(1 - math.floor(math.log10(scale)), 0), 6) if scale > 0 else 2


def _caption(evaluation: Evaluation, aggregation: Aggregation) -> str:
    return (
        f"{task(evaluation.provenance)}, {counted(evaluation.n, 'image')}\n"
        f"{aggregation}: {_MEANING[aggregation]}; whiskers: 95 % intervals"
    )
