"""Evaluations in files: what 'sisbench run' and 'sisbench evaluate --output' leave behind, read without torch."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sisbench import per_image, sealed
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, Value
from sisbench.files import write_json
from sisbench.record import RunRecord

SCHEMA = 2
"""Of the files that `write` writes: of the age of the run records of this number, and sealed like them."""

_SCHEMA = "evaluation_schema"
RECORD = "record.json"
_ADVICE = f"Give the folder of a run, its {RECORD}, or a JSON file that 'sisbench evaluate --output' wrote."
FACTS = ("dataset", "card_sha256", "split", "samples_sha256", "images_per_layout", "protocol", "protocol_sha256")
"""What two evaluations must have in common. The rest of their provenance are networks, which one of them may lack."""

EXACT = 1e-9
"""Relative difference below which two numbers are one: rounding of sums, never of images."""


@dataclass(frozen=True)
class Stored:
    """The evaluations in one file.

    Attributes:
        path: The JSON file.
        label: Name of the method, of a run's record; else the stem of the file.
        evaluations: By name of the protocol.
        record: The run's record that holds them; None of a file of 'sisbench evaluate --output'.
    """

    path: Path
    label: str
    evaluations: Mapping[str, Evaluation]
    record: RunRecord | None = None


def read(path: Path) -> Stored:
    """Read a run folder, its record.json, or a JSON file of 'sisbench evaluate --output'.

    Raises:
        InputError: It is missing, damaged, edited, of a newer schema, or something else.
    """
    file = path / RECORD if path.is_dir() else path
    value = sealed.load(file, "an evaluation", _ADVICE)
    if isinstance(value, dict) and "schema" in value:
        record = RunRecord.from_json(value, file)
        label = str(record.spec.get("method", file.parent.name))
        return Stored(file, label, {_protocol(record.evaluation): record.evaluation}, record)
    if isinstance(value, dict):
        _require_known(value, file)
    several = value.get("evaluations") if isinstance(value, dict) else None
    try:
        found = [Evaluation.from_json(one) for one in (several or [value])]
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    return Stored(file, file.stem, {_protocol(one): one for one in found})


def _protocol(evaluation: Evaluation) -> str:
    return evaluation.provenance.get("protocol", "")


def write(path: Path, evaluations: Sequence[Evaluation]) -> None:
    """Write evaluations of the same images, and beside them every image's share in them, each file atomically.

    Args:
        path: The JSON file.
        evaluations: One, or one for each of several protocols.

    Raises:
        InputError: A file cannot be written.
    """
    if len(evaluations) == 1:
        (only,) = evaluations
        value, columns = only.to_json(), dict(only.per_image)
    else:
        value = {"evaluations": [evaluation.to_json() for evaluation in evaluations]}
        columns = {
            f"{evaluation.provenance['protocol']}:{name}": shares
            for evaluation in evaluations
            for name, shares in evaluation.per_image.items()
        }
    per_image.write(per_image.beside(path), evaluations[0].keys, columns)
    write_json(path, sealed.seal({_SCHEMA: SCHEMA, **value}))


def _require_known(value: Mapping[str, Any], file: Path) -> None:
    """Raise an InputError where a file is of a newer schema, or was edited; the oldest files have neither mark."""
    if _SCHEMA not in value and "digest" not in value:
        return
    schema = value.get(_SCHEMA)
    if schema != SCHEMA:
        raise InputError(
            f"{file} has evaluation schema {schema!r}; this version of sisbench reads {SCHEMA} and files without one. "
            "Update sisbench."
        )
    sealed.require_seal(value, file)


def labels(stored: Sequence[Stored]) -> list[str]:
    """Return a name for every file; files of one name are told apart by their folder, or by their whole path.

    >>> one, other = Stored(Path("a/record.json"), "spade", {}), Stored(Path("b/record.json"), "spade", {})
    >>> labels([one, other]), labels([one])
    (['spade (a)', 'spade (b)'], ['spade'])
    """
    forms = ([s.label for s in stored], [f"{s.label} ({s.path.resolve().parent.name})" for s in stored])
    for names in forms:
        if len(set(names)) == len(names):
            return names
    return [str(s.path) for s in stored]


def chosen(stored: Stored, protocol: str | None) -> Evaluation:
    """Return the evaluation under a protocol; None is enough where the file has one only.

    Raises:
        InputError: The file does not have the protocol, or has several and none was named.
    """
    if protocol is None and len(stored.evaluations) == 1:
        return next(iter(stored.evaluations.values()))
    if protocol is None or protocol not in stored.evaluations:
        asked = "none was named" if protocol is None else f"{protocol!r} was asked for"
        raise InputError(
            f"{stored.path} holds the protocols {', '.join(stored.evaluations)}, and {asked}. Name one of them with "
            "'--protocol'."
        )
    return stored.evaluations[protocol]


def with_per_image(stored: Stored) -> Stored:
    """Return the evaluations with the keys and pseudo-values of their images, from the file beside them.

    Raises:
        InputError: There is no such file, or the means of its columns are not the numbers of the JSON.
    """
    path = per_image.beside(stored.path)
    if not path.is_file():
        raise InputError(
            f"beside {stored.path} there is no {path.name}, the numbers of every image, which a paired comparison "
            "needs. Evaluate again with this version of sisbench ('--output' writes both files)."
        )
    keys, columns = per_image.read(path)
    found = {}
    for protocol, evaluation in stored.evaluations.items():
        prefix = f"{protocol}:" if len(stored.evaluations) > 1 else ""
        shares = {o: columns[prefix + o] for o in evaluation.results if prefix + o in columns}
        for output, column in shares.items():
            _require_mean(evaluation.results[output], column, f"{output!r} in {path}", stored.path)
        if len(keys) != evaluation.n:
            raise InputError(
                f"{path} has {len(keys)} images, {stored.path} is of {evaluation.n}: the two files are not of one "
                "evaluation. Evaluate again."
            )
        found[protocol] = dataclasses.replace(evaluation, keys=keys, per_image=shares)
    return dataclasses.replace(stored, evaluations=found)


def _require_mean(score: object, column: Sequence[float], what: str, where: Path) -> None:
    mean = math.fsum(column) / len(column)
    scale = math.fsum(map(abs, column)) / len(column)
    recorded = score.value if isinstance(score, Value) else None
    if recorded is None or abs(mean - recorded) > EXACT * max(abs(recorded), scale):
        raise InputError(
            f"the mean of {what} is {mean!r}, but {where} records {'n/a' if recorded is None else repr(recorded)}: "
            "one of the files was edited or damaged, or they are not of one evaluation. Evaluate again."
        )


def require_same_task(a: Evaluation, b: Evaluation, names: tuple[str, str]) -> None:
    """Raise an InputError unless two evaluations are of the same layouts, under one protocol and with equal networks.

    Args:
        a: One evaluation.
        b: The other one.
        names: How the message calls them.
    """
    networks = (set(a.provenance) & set(b.provenance)).difference(FACTS)
    differing = [f for f in (*FACTS, *sorted(networks)) if a.provenance.get(f) != b.provenance.get(f)]
    if not differing:
        return
    lines = [f"{f}: {_short(a.provenance.get(f))} against {_short(b.provenance.get(f))}" for f in differing]
    lines += [f"number of images: {a.n} against {b.n}"] if a.n != b.n else []
    raise InputError(
        f"{names[0]} and {names[1]} cannot be compared; they differ in {'; '.join(lines)}. Numbers compare only on the "
        "same images under the same protocol: evaluate both alike, with one version of sisbench."
    )


def _short(fact: str | None) -> str:
    """A fact, or the beginning of a digest."""
    if fact is None:
        return "nothing recorded"
    return f"{fact[:12]}..." if len(fact) == 64 else fact
