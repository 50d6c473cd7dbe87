"""Measured numbers for figures: evaluations that may stand side by side, and whole records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sisbench import scored
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.record import RunRecord
from sisbench.scored import Stored
from sisbench.tables import measured

_NOT_EVALUATED = "{} was not evaluated."


def read(files: Iterable[Path]) -> list[Stored]:
    """Read files, each once, however often it is given.

    Raises:
        InputError: A file cannot be read.
    """
    return list({one.path.resolve(): one for one in map(scored.read, files)}.values())


def evaluations(files: Sequence[Path], protocol: str | None) -> dict[str, Evaluation]:
    """Read evaluations of one task, by the names of their methods.

    Args:
        files: Run folders, their records, or files of 'sisbench evaluate --output'.
        protocol: Of files with several protocols, the one to take; None is enough for files with one.

    Raises:
        InputError: A file cannot be read or lacks the protocol, or two are not of the same images and protocol.
    """
    stored = read(files)
    found = {name: scored.chosen(one, protocol) for name, one in zip(scored.labels(stored), stored, strict=True)}
    require_one_task(found)
    return found


def records(files: Sequence[Path]) -> dict[str, RunRecord]:
    """Read the records of runs, by the names of their methods.

    Raises:
        InputError: A file cannot be read, or is an evaluation without a run.
    """
    stored = read(files)
    return {name: RunRecord.read(one.path) for name, one in zip(scored.labels(stored), stored, strict=True)}


def with_promoted(stored: Sequence[Stored], tasks: Iterable[tuple[str, str]]) -> list[Stored]:
    """Return files and the promoted records that fit them; one that is a copy of a file is left out.

    Args:
        stored: Files.
        tasks: Pairs of data set and protocol.

    Raises:
        InputError: A promoted record is damaged.
    """
    wanted = set(tasks)
    there = [(one.label, one.evaluations) for one in stored]
    found = [
        Stored(one.path, str(one.record.spec["method"]), {str(one.record.spec["protocol"]): one.record.evaluation})
        for one in measured.collect([], promoted=True)
        if (one.record.spec["dataset"], one.record.spec["protocol"]) in wanted
    ]
    return [*stored, *(one for one in found if (one.label, one.evaluations) not in there)]


def require_one_task(found: Mapping[str, Evaluation]) -> None:
    """Raise an InputError unless all evaluations are of the same layouts under one protocol."""
    names = list(found)
    for name in names[1:]:
        scored.require_same_task(found[names[0]], found[name], (names[0], name))


def numbers(found: Mapping[str, Evaluation | None], output: str) -> tuple[dict[str, Value], dict[str, str]]:
    """Return an output's numbers by method, and the reasons of the methods that have none.

    Args:
        found: Evaluations by method; None where a method has none with this output.
        output: Name of the output.
    """
    values: dict[str, Value] = {}
    reasons: dict[str, str] = {}
    for name, evaluation in found.items():
        match evaluation.results.get(output) if evaluation else None:
            case Value() as value:
                values[name] = value
            case NotAvailable(reason):
                reasons[name] = f"{output}: {reason}"
            case None:
                reasons[name] = _NOT_EVALUATED.format(output)
    return values, reasons


def no_number(output: str, reasons: Mapping[str, str], found: Iterable[Evaluation], option: str) -> InputError:
    """Return the error of an output that no method has a number for; it names the outputs that there are.

    Args:
        output: What was asked for.
        reasons: By method.
        found: All evaluations at hand.
        option: That names an output.
    """
    there = dict.fromkeys(o for one in found for o, score in one.results.items() if isinstance(score, Value))
    why = "; ".join(dict.fromkeys(reason.rstrip(".") for reason in reasons.values()))
    return InputError(
        f"none of {', '.join(reasons)} has a number for {output!r} ({why}); expected one of those that they have: "
        f"{', '.join(there) or 'none'}. Name it with '{option}', or evaluate again."
    )
