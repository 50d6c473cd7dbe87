"""The regression gate: a record against its baseline, number by number, each with a direction and a tolerance.

`subjects` finds and matches evaluations in files, `rules` says how far a number may move, `judge` says what has become
of each, `explain` which ingredient changed; `text`, `markdown` and `junit` write it down. No torch.
"""

from __future__ import annotations

from pathlib import Path

from sisbench.errors import InputError
from sisbench.gate.findings import Result
from sisbench.gate.judge import judge
from sisbench.gate.rules import Tolerances
from sisbench.gate.subjects import Matched, closest, is_collection, match, outputs_of, read


def find(baseline: Path, record: Path) -> Matched:
    """Read and match both sides.

    Args:
        baseline: A run folder, its record.json, a JSON file of 'sisbench evaluate --output', or a folder of these.
        record: Likewise.

    Raises:
        InputError: Nothing is there, a file is damaged, edited or twice there, or the two are of other things.
    """
    folders = is_collection(baseline) or is_collection(record)
    return match(read(baseline, "--baseline"), read(record, "--record"), by_identity=folders)


def check(matched: Matched, tolerances: Tolerances | None = None, strict: bool = False) -> Result:
    """Judge every record by its baseline.

    A baseline without a record fails: a gate that silently checks less is no gate. A record without a baseline is a
    note.

    Args:
        matched: What `find` found.
        tolerances: How far numbers may move; None is the defaults.
        strict: Whether improvements beyond the tolerance fail too.

    Raises:
        InputError: A tolerance of an unknown output; other data sets, protocols or numbers of images.
    """
    tolerances = tolerances or Tolerances()
    subjects = [subject for pair in matched.pairs for subject in pair] + [*matched.missing]
    tolerances.require_known(outputs_of(subjects))
    same = [one.path for one, other in matched.pairs if one.path.resolve() == other.path.resolve()]
    return Result(
        tuple(judge(one, other, tolerances) for one, other in matched.pairs),
        tuple((one, closest(one, matched.extra)) for one in matched.missing),
        matched.extra,
        strict,
        tuple(f"{path} is baseline and record at once: it was checked against itself." for path in dict.fromkeys(same)),
    )


def require_other_files(outputs: list[Path], matched: Matched) -> None:
    """Raise an InputError where an output would overwrite what is checked, or another output."""
    sides = [*(s for pair in matched.pairs for s in pair), *matched.missing, *matched.extra]
    taken = {subject.path.resolve() for subject in sides}
    for path in outputs:
        if path.resolve() in taken:
            raise InputError(
                f"{path} is to be written but is a baseline, a record or another output. Name another file."
            )
        taken.add(path.resolve())
