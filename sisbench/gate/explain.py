"""Which ingredient of a number changed, from what two records say they rest on.

Every entry of the two records is compared, so whatever a later version records shows up by itself; only times are left
out. What is not recorded cannot be named, and the gate says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sisbench.evaluation import Value
from sisbench.gate.subjects import Subject
from sisbench.scored import EXACT

_DIGEST = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_NOT_RECORDED = "not recorded"
_ELSEWHERE = (
    *("method", "dataset", "protocol", "images_per_layout", "card_sha256", "protocol_sha256"),
    *("overrides", "weights_sha256"),
)
"""Entries of the specification that a pair has in common, or that provenance and resolved recipe tell as well."""

_KINDS = ("measurement", "images", "weights", "recipe", "seed", "versions", "source", "machine", "other")
"""In the order in which they are listed: what is nearest to the numbers first."""

_PREFIXES = {
    "images_sha256": "images",
    "weights": "weights",
    "parameters": "weights",
    "recipe": "recipe",
    "resolved_recipe": "recipe",
    "seed": "seed",
    "limit": "measurement",
    "complete": "measurement",
    "packages": "versions",
    "plugins": "versions",
    "python": "versions",
    "device_name": "machine",
    "git": "source",
    "device": "machine",
    "threads": "machine",
    "processes": "machine",
    "platform": "machine",
}


class Change(NamedTuple):
    """One difference.

    Attributes:
        kind: One of "measurement", "images", "weights", "recipe", "seed", "versions", "source", "machine", "other".
        what: The entry ("packages.torch").
        before: In the baseline, as text; digests by their beginning.
        after: In the record.
    """

    kind: str
    what: str
    before: str
    after: str


def changes(baseline: Subject, record: Subject) -> list[Change]:
    """Return everything that differs between two records, apart from their numbers and times."""
    found = measurement_changes(baseline, record)
    if baseline.record is not None and record.record is not None:
        found += _differences(_entries(baseline), _entries(record))
    return sorted(found, key=lambda change: _KINDS.index(change.kind))


def measurement_changes(baseline: Subject, record: Subject) -> list[Change]:
    """Return what differs in the measurement itself: protocol, card, photos, networks, and their scores of the photos.

    A network that one side lacks belongs to a number that is n/a there, and is no change of the others.
    """
    before, after = baseline.evaluation, record.evaluation
    common = before.provenance.keys() & after.provenance.keys()
    one, other = ({key: value for key, value in e.provenance.items() if key in common} for e in (before, after))
    found = _differences(one, other, "measurement")
    for output in before.real.keys() & after.real.keys():
        was, now = before.real[output], after.real[output]
        if isinstance(was, Value) and isinstance(now, Value) and abs(now.value - was.value) > EXACT * abs(was.value):
            found.append(Change("measurement", f"{output} of the photos", f"{was.value:.6g}", f"{now.value:.6g}"))
    return sorted(found)


def diagnosis(changed: Sequence[Change], baseline: Subject, record: Subject) -> str:
    """Return which stage of a run the changes point to, in one sentence."""
    kinds = {change.kind for change in changed}
    if "measurement" in kinds:
        return "The measurement itself changed: the numbers do not compare, whatever became of the generator."
    if baseline.record is None or record.record is None:
        return "Files of 'sisbench evaluate' do not tell weights, versions and seeds; records of 'sisbench run' do."
    same_images = _same(baseline, record, "images_sha256")
    same_weights = _same(baseline, record, "weights", "state_sha256")
    if not kinds:
        dirty = any(_lookup(side, "git", "dirty") for side in (baseline, record))
        tree = " (the source tree had changes that were not committed)" if dirty else ""
        down = ", down to the bytes of the images" if same_images else ""
        return f"Nothing that is recorded changed{down}: a random step, or an ingredient that no record names{tree}."
    if same_images:
        return f"The images are the same, byte for byte: the change is in the evaluation{_look_at(kinds)}."
    if same_weights:
        where = "making the images" if same_images is False else "making the images or in the evaluation"
        return f"The weights are the same: the change is in {where}{_look_at(kinds)}."
    if same_weights is False:
        return f"The weights differ: the change is in the training or in the choice of a checkpoint{_look_at(kinds)}."
    return f"The records do not tell weights and images: the change may be anywhere{_look_at(kinds)}."


def _look_at(kinds: Iterable[str]) -> str:
    """Which causes to look at first."""
    causes = [kind for kind in ("recipe", "seed", "versions", "source", "machine") if kind in kinds]
    return f"; look at {', '.join(causes)}" if causes else ""


def _same(baseline: Subject, record: Subject, *path: str) -> bool | None:
    """Whether an entry is the same in both records; None where one of them does not have it."""
    one, other = _lookup(baseline, *path), _lookup(record, *path)
    return None if one is None or other is None else one == other


def _lookup(subject: Subject, *path: str) -> Any:
    value: Any = subject.record.provenance if subject.record else None
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _entries(subject: Subject) -> dict[str, Any]:
    """Entries of specification and provenance of a record, without what says nothing new and without times."""
    assert subject.record is not None
    spec = {key: value for key, value in subject.record.spec.items() if key not in _ELSEWHERE}
    recorded = subject.record.provenance.items()
    provenance = {key: value for key, value in recorded if key != "time_utc" and value is not None}
    return _flat({**spec, **provenance})


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, entry in value.items():
        name = f"{prefix}{key}"
        found |= _flat(entry, f"{name}.") if isinstance(entry, Mapping) else {name: entry}
    return found


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], kind: str = "") -> list[Change]:
    names = [n for n in dict.fromkeys((*before, *after)) if (n in before, before.get(n)) != (n in after, after.get(n))]
    kinds = [kind or _PREFIXES.get(name.partition(".")[0], "other") for name in names]
    return [Change(k, n, _text(before, n), _text(after, n)) for k, n in zip(kinds, names, strict=True)]


def _text(side: Mapping[str, Any], name: str) -> str:
    """An entry in words; digests by their beginning."""
    if name not in side:
        return _NOT_RECORDED
    value = side[name]
    if not isinstance(value, str):
        return "none" if value is None else json.dumps(value)
    return f"{value[:12]}..." if _DIGEST.fullmatch(value) else value
