"""Scores of the real photos themselves, as far as a metric needs no generated images: what a method can hope for.

Every record holds them, measured beside its own images. They are of a data set and a protocol alone, so all records
must agree.
"""

from __future__ import annotations

from collections.abc import Sequence

from sisbench.evaluation import Value
from sisbench.scored import EXACT
from sisbench.tables.build import measured_in
from sisbench.tables.defined import Definition
from sisbench.tables.measured import Candidate, preferred
from sisbench.tables.observations import Observation, column_of, units

METHOD = "Real photos"
_TOLERANCE = 0.01
"""Standard errors by which two records may differ: devices and numbers of threads round differently."""


def observe_photos(
    definitions: Sequence[Definition], candidates: Sequence[Candidate], incomplete: bool = False
) -> list[Observation]:
    """Return the scores of the real photos, once for each data set and protocol.

    Args:
        definitions: Tables of the papers: they say in which unit a score is shown.
        candidates: The records.
        incomplete: Whether photos of a part of a split count, where no record is of all of them.
    """
    found: dict[tuple[str, str, str], list[Candidate]] = {}
    for candidate in preferred(candidates):
        spec, evaluation = candidate.record.spec, candidate.record.evaluation
        for output in (*evaluation.results, *(o for o in evaluation.real if o not in evaluation.results)):
            if isinstance(evaluation.real.get(output), Value) and (candidate.complete or incomplete):
                found.setdefault((spec["dataset"], spec["protocol"], output), []).append(candidate)
    known = units(definitions)
    observations = []
    for (dataset, protocol, output), having in found.items():
        whole = [candidate for candidate in having if candidate.complete] or having
        first = whole[0]
        column = column_of(first, output, known)
        keys = {
            **{"method": METHOD, "recipe": "", "variant": "", "seed": "", "weights": "real", "source": first.origin},
            **{"dataset": dataset, "protocol": protocol, "metric": output},
        }
        other = next((candidate for candidate in whole if not _agree(first, candidate, output)), None)
        if other is None:
            measured = measured_in(first, output, column.scale, real=True)
            observations.append(Observation(keys, column, measured=measured))
        else:
            told = " and ".join(
                f"{_real(each, output).value * column.scale:.6g} (n = {_real(each, output).n}) in {each.shown_path}"
                for each in (first, other)
            )
            observations.append(Observation(keys, column, reason=f"records disagree about the real photos: {told}"))
    return observations


def _agree(one: Candidate, other: Candidate, output: str) -> bool:
    a, b = _real(one, output), _real(other, output)
    return a.n == b.n and abs(a.value - b.value) <= max(_TOLERANCE * (a.stderr or 0.0), EXACT * abs(a.value))


def _real(candidate: Candidate, output: str) -> Value:
    score = candidate.record.evaluation.real[output]
    assert isinstance(score, Value)
    return score
