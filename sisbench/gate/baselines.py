"""A record becomes the baseline: copied with the numbers of its images, byte by byte."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sisbench import per_image
from sisbench.errors import InputError
from sisbench.files import write_bytes
from sisbench.gate.subjects import Matched, Subject, is_collection

_RECORD = "record.json"


def create(target: Path, source: Path, records: Sequence[Subject]) -> list[str]:
    """Write the first baseline.

    Args:
        target: What '--baseline' says and does not exist: a file where it ends with .json, else a folder.
        source: What '--record' says.
        records: What was read there.

    Returns:
        What was done, line by line.

    Raises:
        InputError: A file cannot be written; several records for one file.
    """
    if target.suffix != ".json":
        single = None if is_collection(source) else Path(_RECORD)
        places = {record.path: target / (single or record.path.relative_to(source)) for record in records}
    elif is_collection(source):
        raise InputError(
            f"'--baseline {target}' is one file and '--record {source}' a folder of several evaluations. Name a folder "
            "as the baseline, or one record."
        )
    else:
        places = {record.path: target for record in records}
    return [_copy(one, place, "new baseline") for one, place in places.items()]


def update(matched: Matched, target: Path, source: Path) -> list[str]:
    """Write every record over its baseline, and beside them those that have none yet; leave the others as they are.

    Args:
        matched: Baselines and records.
        target: What '--baseline' says.
        source: What '--record' says.

    Returns:
        What was done, line by line.

    Raises:
        InputError: A file cannot be written; a new baseline's place is taken; a protocol would be lost.
    """
    places = {record.path: baseline.path for baseline, record in matched.pairs}
    lost = [one for one in matched.missing if one.path in places.values()]
    if lost:
        raise InputError(
            f"{lost[0].path} holds protocol {lost[0].identity.protocol}, which the record does not have: it would be "
            "lost with the update. Evaluate under all of its protocols, or remove the baseline first."
        )
    added = {r.path: target / _place(r.path, source) for r in matched.extra if is_collection(target)}
    added = {record: place for record, place in added.items() if record not in places}
    for record, place in added.items():
        if place.exists():
            raise InputError(
                f"the new baseline of {record} belongs at {place}, where there is another one. Rename one of the two, "
                "or update it as a file ('--baseline FILE')."
            )
    lines = [_copy(record, baseline, "updated") for record, baseline in places.items()]
    lines += [_copy(record, place, "new baseline") for record, place in added.items()]
    return lines + [f"left as it is  {one.path}: no record for {one.identity}" for one in matched.missing]


def _place(record: Path, source: Path) -> Path:
    """Where a record lies below a folder of baselines: as below the folder of records, else by the name of its run."""
    if is_collection(source):
        return record.relative_to(source)
    return Path(record.resolve().parent.name, _RECORD) if record.name == _RECORD else Path(record.name)


def _copy(record: Path, baseline: Path, verb: str) -> str:
    """Copy a record and the numbers of its images; at no time do the numbers of other images lie beside it."""
    images = per_image.beside(record)
    content = images.read_bytes() if images.is_file() else None
    per_image.beside(baseline).unlink(missing_ok=True)
    write_bytes(baseline, record.read_bytes())
    if content is not None:
        write_bytes(per_image.beside(baseline), content)
    return f"{verb}  {baseline}  from {record}"
