"""One set of images under every preset of mIoU that fits, and under every rule of counting, side by side.

A preset is a protocol that names a segmenter for a data set. Presets that differ in rules of counting alone are one row
here: every row has all rules, from one confusion matrix, and the preset's own are marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from sisbench import protocols
from sisbench.card import Card, Protocol, Segmentation
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.fakes import Fakes, common_size, opened
from sisbench.reading import View
from sisbench.report_text import aligned, by_reason, format_score
from sisbench.scoring import RealImages, evaluate

ALL = "all-miou"
"""Name of all presets of a data set, in place of a protocol's."""

METRIC = "miou_rules"

_RULES = {
    "miou_union": "mIoU union",
    "miou_truth": "mIoU truth",
    "miou_all": "mIoU all",
    "accuracy_exclude": "acc. exclude",
    "accuracy_count_wrong": "acc. count_wrong",
}
"""Outputs of the metric that the table shows, with their headings."""


@dataclass(frozen=True)
class Row:
    """One way of segmenting.

    Attributes:
        presets: Protocols that segment so, each with its rules of counting.
        evaluation: Scores under all rules; None where the images do not fit.
        reason: Why they do not.
    """

    presets: Mapping[str, Segmentation]
    evaluation: Evaluation | None
    reason: str = ""


def of(card: Card) -> list[list[Protocol]]:
    """Return the presets of a data set: protocols that segment alike and at one size are one group.

    The protocol on the card comes first, then the others by name; those that score regions are left out.
    """
    groups: dict[object, list[Protocol]] = {}
    for name in sorted(protocols.names(), key=lambda name: (name != card.default_protocol, name)):
        protocol = protocols.get(name)
        scoring = next((scoring for scoring in protocol.scorings if scoring.dataset == card.name), None)
        whole = protocol.images_per_layout == 1 and not protocol.regions
        choice = scoring.segmentation if scoring and whole else None
        if scoring is not None and choice is not None:
            same = (View.of(choice), choice.truth_size, scoring.size, protocol.real_split, protocol.image_resample)
            groups.setdefault(same, []).append(protocol)
    return list(groups.values())


def first(card: Card) -> Protocol:
    """Return the preset whose split and resampling of photos all others share.

    Raises:
        InputError: The data set has no preset.
    """
    groups = of(card)
    if not groups:
        raise InputError(f"no protocol names a segmenter for {card.name}, so it has no preset of mIoU.")
    return groups[0][0]


def evaluate_all(
    fakes: Fakes,
    reals: RealImages,
    card: Card,
    *,
    layouts: Path | str | None = None,
    device: torch.device | str = "cpu",
    cache_dir: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Score generated images under every preset of a data set, in one pass.

    Args:
        fakes: Generated images, all at hand: see `fakes.Fakes`; no stream.
        reals: Real images; see `scoring.RealImages`. Of a split, at the size of the generated ones.
        card: Facts of the data set.
        layouts: Label maps of photos in a folder.
        device: Where networks run.
        cache_dir: Folder that keeps findings on the real images.
        progress: Called with (images done, images in all) after every step.

    Raises:
        InputError: No preset takes images of this size, or what `evaluate` raises.
    """
    images = opened(fakes)
    if not isinstance(images, Mapping):
        raise InputError("images are scored under several presets at once; give them as a folder or a mapping.")
    size = common_size(images)
    rows: list[Row] = []
    fit: list[Protocol] = []
    for group in of(card):
        presets = {protocol.name: _segmentation(protocol, card) for protocol in group}
        expected = group[0].scoring(card.name).size
        if expected in (None, size):
            fit.append(group[0])
        rows.append(Row(presets, None, "" if expected in (None, size) else _misfit(size, expected)))
    if not fit:
        told = "; ".join(f"{', '.join(row.presets)}: {row.reason}" for row in rows)
        raise InputError(f"no preset of mIoU of {card.name} takes these images: {told}. See 'sisbench list protocols'.")
    dataset = None if isinstance(reals, Samples) else card.name
    found = evaluate(
        images,
        reals,
        fit,
        layouts=layouts,
        dataset=dataset,
        device=device,
        cache_dir=cache_dir,
        metrics=[METRIC],
        progress=progress,
    )
    scored = {evaluation.provenance["protocol"]: evaluation for evaluation in found}
    return [Row(row.presets, scored.get(next(iter(row.presets))), row.reason) for row in rows]


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text: for each way of segmenting the generated images, and below them the real ones."""
    lines: list[tuple[str, ...]] = [("preset", "images", *_RULES.values())]
    reasons: dict[str, str] = {}
    warnings: dict[str, None] = {}
    shown = next(row.evaluation for row in rows if row.evaluation)
    for row in rows:
        names = list(row.presets)
        if row.evaluation is None:
            lines.append((names[0], "", *["n/a"] * len(_RULES)))
            reasons[names[0]] = row.reason
            continue
        own = {rule for choice in row.presets.values() for rule in _own(choice)}
        for images, scores in (("generated", row.evaluation.results), ("real", row.evaluation.real)):
            cells = [_cell(scores[rule], rule in own and images == "generated") for rule in _RULES]
            lines.append((names[0] if images == "generated" else "", images, *cells))
        missing = [score.reason for score in row.evaluation.results.values() if isinstance(score, NotAvailable)]
        reasons |= {names[0]: missing[0]} if missing else {}
        warnings |= {f"{names[0]}: {text}": None for text in row.evaluation.warnings}
    alike = [f"same as {names[0]}: {', '.join(names[1:])}" for row in rows if len(names := list(row.presets)) > 1]
    notes = [
        "* the rule of the preset itself",
        *alike,
        *(f"warning  {text}" for text in warnings),
        *(f"n/a  {line}" for line in by_reason(reasons)),
    ]
    facts = shown.provenance
    head = f"{facts['dataset']} {facts['split']}, {shown.n} generated images, every preset of mIoU under every rule"
    return "\n".join([head, "", *aligned(lines), "", *notes])


def evaluations(rows: Iterable[Row]) -> list[Evaluation]:
    """Return the evaluations of the rows that have one; each is under the first preset of its row."""
    return [row.evaluation for row in rows if row.evaluation is not None]


def _segmentation(protocol: Protocol, card: Card) -> Segmentation:
    choice = protocol.scoring(card.name).segmentation
    assert choice is not None  # `of` has looked
    return choice


def _own(choice: Segmentation) -> tuple[str, str]:
    return f"miou_{choice.iou_classes}", f"accuracy_{choice.ignored_pixels}"


def _cell(score: Value | NotAvailable, own: bool) -> str:
    return f"{format_score(score)}{'*' if own and isinstance(score, Value) else ' '}"


def _misfit(size: tuple[int, int], expected: tuple[int, int] | None) -> str:
    assert expected is not None
    return f"takes images of {expected[1]}x{expected[0]} pixels; these are {size[1]}x{size[0]}"
