"""Number by number: has it moved further than its tolerance, and in which direction?"""

from __future__ import annotations

import dataclasses

from sisbench.compare import Difference, compare
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, Value
from sisbench.gate.explain import changes
from sisbench.gate.findings import Judged, Move
from sisbench.gate.rules import Tolerances
from sisbench.gate.subjects import Subject
from sisbench.scored import require_same_task

_NAMES = ("dataset", "split", "protocol", "images_per_layout")
_IMAGES = 3


def judge(baseline: Subject, record: Subject, tolerances: Tolerances) -> Judged:
    """Judge every output of a baseline and its record.

    Raises:
        InputError: The two are of other data sets, splits, protocols or numbers of images, or disagree in the direction
            of an output; an interval of a number without a standard error.
    """
    before, after = baseline.evaluation, record.evaluation
    _require_same_measurement(baseline, record)
    notes = [
        f"{subject.path} has no digest, as files of older versions: an edited number in it would not be noticed."
        for subject in (baseline, record)
        if not subject.sealed
    ]
    outputs = list(dict.fromkeys((*before.results, *after.results)))
    numbers = [o for o in outputs if all(isinstance(e.results.get(o), Value) for e in (before, after))]
    obstacle = _obstacle(baseline, record)
    columns = [] if obstacle else [o for o in numbers if o in before.per_image.keys() & after.per_image.keys()]
    paired = {d.output: d for d in compare(before, after, columns).differences} if columns else {}
    moves = []
    for output in outputs:
        one, other = before.results.get(output), after.results.get(output)
        higher = after.higher_is_better[output] if one is None else before.higher_is_better[output]
        tolerance = tolerances.of(output, one.value if isinstance(one, Value) else 0.0)
        if not (isinstance(one, Value) and isinstance(other, Value)):
            moves.append(Move(output, higher, one, other, tolerance))
            continue
        stderr = _stderr(output, one, other, paired.get(output)) if tolerance.kind == "interval" else None
        if stderr is not None and output not in paired:
            why = obstacle or "no image has a share in it"
            notes.append(f"the interval of {output} is unpaired, hence wider than it could be: {why}.")
        move = Move(output, higher, one, other, tolerance, tolerance.allowed(one.value, stderr), stderr)
        moves.append(_with_images(move, before, after) if output in paired else move)
    return Judged(baseline, record, tuple(moves), tuple(changes(baseline, record)), tuple(notes))


def _stderr(output: str, before: Value, after: Value, paired: Difference | None) -> float:
    if paired is not None:
        return paired.stderr
    if before.stderr is None or after.stderr is None:
        raise InputError(
            f"the tolerance of {output} is an interval, but the number has no standard error ({before.n} images). Give "
            f"a number ('--tolerance {output}=0.1') or a share ('2%'), or evaluate more images."
        )
    return float((before.stderr**2 + after.stderr**2) ** 0.5)


def _with_images(move: Move, before: Evaluation, after: Evaluation) -> Move:
    """Add the images that moved most, to a regression."""
    if move.verdict != "regressed":
        return move
    old = dict(zip(before.keys, before.per_image[move.output], strict=True))
    sign = -1 if move.higher_is_better else 1
    shares = [(k, new - old[k]) for k, new in zip(after.keys, after.per_image[move.output], strict=True)]
    worst = sorted(shares, key=lambda pair: (-sign * pair[1], pair[0]))[:_IMAGES]
    images = tuple((key, share) for key, share in worst if sign * share > 0)
    return dataclasses.replace(move, images=images)


def _obstacle(baseline: Subject, record: Subject) -> str:
    """Why two evaluations cannot be compared image by image; empty where they can."""
    before, after = baseline.evaluation, record.evaluation
    alone = [str(subject.path) for subject in (baseline, record) if not subject.evaluation.keys]
    if alone:
        return f"there is no .per_image.csv beside {' and '.join(alone)}"
    if set(before.keys) != set(after.keys):
        return "the two are of other images"
    if len(before.keys) < 2:
        return "there is one image"
    try:
        require_same_task(before, after, ("the baseline", "the record"))
    except InputError:
        return "what they were measured with changed, or one of them does not tell"
    return ""


def _require_same_measurement(baseline: Subject, record: Subject) -> None:
    before, after = baseline.evaluation, record.evaluation
    pairs: list[tuple[str, str | None, str | None]]
    pairs = [(name, before.provenance.get(name), after.provenance.get(name)) for name in _NAMES]
    pairs.append(("number of images", str(before.n), str(after.n)))
    for output, one in before.results.items():
        other = after.results.get(output)
        if output in after.higher_is_better:
            pairs.append((f"better direction of {output}", _direction(before, output), _direction(after, output)))
        if isinstance(one, Value) and isinstance(other, Value):
            pairs.append((f"number of images of {output}", str(one.n), str(other.n)))
    differing = [f"{name}: {one} against {other}" for name, one, other in pairs if one != other]
    if differing:
        raise InputError(
            f"{record.path} cannot be checked against {baseline.path}; they differ in {'; '.join(differing)}. Numbers "
            "compare only as the same measurement of as many images: evaluate as the baseline was, or make a new "
            "baseline."
        )


def _direction(evaluation: Evaluation, output: str) -> str:
    return "higher" if evaluation.higher_is_better[output] else "lower"
