"""Two measured numbers of each method, from one file or from two of one name, each axis under one protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sisbench import scored
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation
from sisbench.plots._measured import no_number, numbers, require_one_task
from sisbench.plots._scatter import Coordinate, Point
from sisbench.scored import Stored


@dataclass(frozen=True)
class Side:
    """One axis of measured numbers.

    Attributes:
        output: Output of the evaluations.
        protocol: That all of them must be under; None for any, as long as it is the same one.
        scale: What the numbers are multiplied by.
        option: Of the command, that names the output.
    """

    output: str
    protocol: str | None
    scale: float
    option: str


@dataclass(frozen=True)
class Pairing:
    """What files hold for two axes.

    Attributes:
        points: Methods with both numbers.
        reasons: Why other methods are absent, by their names.
        tasks: An evaluation of either axis: data set, protocol and direction are the same for all.
    """

    points: tuple[Point, ...]
    reasons: Mapping[str, str]
    tasks: tuple[Evaluation, Evaluation]


def pair(stored: Sequence[Stored], x: Side, y: Side) -> Pairing:
    """Return the measured points between two axes.

    Args:
        stored: At least one file. A file with both outputs is a method; of files with one, those of one name are.
        x: Horizontal axis.
        y: Vertical axis.

    Raises:
        InputError: An axis has no number, several protocols, other layouts, or two numbers of one method; the axes are
            of two data sets; no method has both numbers.
    """
    methods: dict[str, list[Stored]] = {}
    for name, one in zip(scored.labels(stored), stored, strict=True):
        whole = all(under(one, side.output) for side in (x, y))
        methods.setdefault(name if whole else one.label, []).append(one)
    columns = [_column(stored, methods, side) for side in (x, y)]
    tasks = [next(iter(found.values())) for found, _, _ in columns]
    datasets = [task.provenance["dataset"] for task in tasks]
    if datasets[0] != datasets[1]:
        raise InputError(
            f"{x.output} is of {datasets[0]} and {y.output} of {datasets[1]}; expected both of one data set. Evaluate "
            "both with the same '--dataset'."
        )
    (_, across, lacking_x), (_, up, lacking_y) = columns
    reasons = {
        name: " ".join(dict.fromkeys(each[name] for each in (lacking_x, lacking_y) if name in each))
        for name in methods
        if name in lacking_x or name in lacking_y
    }
    points = [Point(name, across[name], up[name], published=False) for name in methods if name not in reasons]
    if not points:
        why = "; ".join(f"{name}: {reason.rstrip('.')}" for name, reason in reasons.items())
        raise InputError(
            f"no method has both {x.output} and {y.output} ({why}); expected one at least. Evaluate both, into files "
            "of one name."
        )
    return Pairing(tuple(points), reasons, (tasks[0], tasks[1]))


def under(one: Stored, output: str) -> list[str]:
    """Protocols under which a file has an output, n/a or not."""
    return [protocol for protocol, evaluation in one.evaluations.items() if output in evaluation.results]


def _column(
    stored: Sequence[Stored], methods: Mapping[str, Sequence[Stored]], side: Side
) -> tuple[dict[str, Evaluation], dict[str, Coordinate], dict[str, str]]:
    """Return the evaluations, numbers and reasons of one axis, by method."""
    found = {name: _only(name, files, side) for name, files in methods.items()}
    values, reasons = numbers(found, side.output)
    if not values:
        everything = [evaluation for one in stored for evaluation in one.evaluations.values()]
        raise no_number(side.output, reasons, everything, side.option)
    there = {name: evaluation for name, evaluation in found.items() if evaluation is not None}
    require_one_task(there)
    scale = side.scale
    coordinates = {
        name: Coordinate(value * scale, None if stderr is None else stderr * scale)
        for name, (value, stderr, _) in values.items()
    }
    return there, coordinates, reasons


def _only(name: str, files: Sequence[Stored], side: Side) -> Evaluation | None:
    """Return a method's evaluation with an output, under the protocol of the axis; None where it has none."""
    found = [(one, protocol) for one in files for protocol in under(one, side.output)]
    right = [(one, protocol) for one, protocol in found if side.protocol in (None, protocol)]
    if found and not right:
        one, protocol = found[0]
        raise InputError(
            f"{one.path} holds {side.output} under {protocol}, and the axis is of {side.protocol}; expected one "
            f"protocol on an axis. Evaluate under {side.protocol}, or leave the file out."
        )
    if len(right) > 1:
        where = ", ".join(f"{one.path} ({protocol})" for one, protocol in right)
        raise InputError(
            f"{name} has {side.output} {len(right)} times: {where}; expected once. Name one with '--protocol', or give "
            "fewer files."
        )
    return next((one.evaluations[protocol] for one, protocol in right), None)
