"""Published and measured numbers as one flat list under the same keys: what free tables are cut from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sisbench.errors import InputError, first, unknown_name
from sisbench.tables.build import absence, measured_in, part_of_split
from sisbench.tables.defined import DefinedColumn, Definition
from sisbench.tables.measured import Candidate, preferred
from sisbench.tables.model import Column, Measured, Published
from sisbench.tables.published import PublishedData, PublishedValue

KEYS = ("method", "recipe", "variant", "seed", "weights", "source", "dataset", "protocol", "metric")
"""What rows, columns and filters go by.

method, recipe, variant and seed say what was run: variant is what was changed of the recipe, or what tells rows of a
paper apart. weights is "trained" (by the run), "file", "none" of a method that has none, or "real" of photos, which no
network made. source is the table of a published number, and "promoted" or "local" for a record. protocol is a name; of
a published number that no protocol of ours reproduces, "as in" its paper.
"""

_UNITS = {"psnr": "dB"}
"""Of outputs that stand in no paper's table: those of the others are stated there."""


@dataclass(frozen=True)
class Observation:
    """One number, or the reason why there is none.

    Attributes:
        keys: A text for each of `KEYS`; empty where it has no meaning.
        column: What is known of its quantity: title, unit, scale, direction; key, group and title of its place in a
            table are for the table to say.
        published: The number of a paper.
        measured: The number of a record.
        reason: Why the record has none.
    """

    keys: Mapping[str, str]
    column: Column
    published: Published | None = None
    measured: Measured | None = None
    reason: str = ""


def observe(
    published: PublishedData,
    definitions: Sequence[Definition],
    candidates: Sequence[Candidate],
    incomplete: bool = False,
) -> list[Observation]:
    """Return all numbers of the papers, in their order, then those of the records, preferred ones first.

    Args:
        published: All published numbers.
        definitions: Tables of the papers: they say which output and protocol of ours a printed number belongs to.
        candidates: The records.
        incomplete: Whether numbers of a part of a split count.
    """
    printed = {
        (each.name, column.column.dataset, column.published): column for each in definitions for column in each.columns
    }
    directions: dict[str, bool | None] = {}
    for column in printed.values():
        directions.setdefault(column.published, column.column.higher_is_better)
    values = [value for value in published.values if value.place.dataset]
    names = {(value.place.table, value.place.row): (value.place.table, value.method, value.variant) for value in values}
    alike = Counter(names.values())
    found = []
    for value in values:
        place = value.place
        defined = printed.get((place.table, place.dataset, place.metric))
        twin = alike[place.table, value.method, value.variant] > 1
        direction = directions.get(place.metric)
        found.append(_published(value, defined, place.row if twin else value.variant, direction))
    known = units(definitions)
    for candidate in preferred(candidates):
        found += _measured(candidate, known, incomplete)
    return found


def units(definitions: Sequence[Definition]) -> dict[str, DefinedColumn]:
    """Return a column of each output, as the papers show it: its unit, scale and decimals."""
    found: dict[str, DefinedColumn] = {}
    for column in (column for each in definitions for column in each.columns):
        found.setdefault(column.column.metric, column)
    return found


def column_of(candidate: Candidate, output: str, known: Mapping[str, DefinedColumn]) -> Column:
    """Return what is known of an output of a record.

    Args:
        candidate: The record.
        output: Name of the output.
        known: What `units` returns.
    """
    like = known[output].column if output in known else None
    return Column(
        key="",
        title=output,
        group="",
        dataset=candidate.record.spec["dataset"],
        metric=output,
        protocol=candidate.record.spec["protocol"],
        higher_is_better=candidate.record.evaluation.higher_is_better.get(output),
        unit=like.unit if like else _UNITS.get(output, ""),
        scale=like.scale if like else 1.0,
        decimals=like.decimals if like else 4,
    )


def select(observations: Sequence[Observation], where: Mapping[str, Sequence[str]]) -> list[Observation]:
    """Return the numbers whose keys have one of the values asked for; upper and lower case are alike.

    Args:
        observations: All numbers.
        where: Values by key.

    Raises:
        InputError: An unknown key, or no number is left.
    """
    for key in where:
        require_key(key)
    wanted = {key: {value.casefold() for value in values} for key, values in where.items()}
    found = [o for o in observations if all(o.keys[key].casefold() in values for key, values in wanted.items())]
    if found:
        return found
    asked = ", ".join(f"{key}={value}" for key, values in where.items() for value in values)
    known = [
        f"{key} is one of {', '.join(first(_known(observations, key), 12))}"
        for key in where
        if not any(o.keys[key].casefold() in wanted[key] for o in observations)
    ]
    raise InputError(
        f"no number of a paper or of a record has {asked or 'any keys'}; expected at least one"
        + (f" ({'; '.join(known)})" if known else "")
        + ". Choose other values, or add records of runs with '--records DIR'."
    )


def require_key(key: str) -> None:
    """Raise an InputError unless a name is one of `KEYS`."""
    if key not in KEYS:
        raise unknown_name("a key of rows, columns and filters", key, KEYS, "sisbench table --help")


def _published(
    value: PublishedValue, defined: DefinedColumn | None, variant: str, higher_is_better: bool | None
) -> Observation:
    place = value.place
    known = defined.column if defined else None
    keys = {
        "method": value.method,
        "recipe": "",
        "variant": variant,
        "seed": "",
        "weights": "",
        "source": place.table,
        "dataset": place.dataset,
        "protocol": (known.protocol if known else "") or f"as in {value.source}",
        "metric": known.metric if known else place.metric,
    }
    column = Column(
        key="",
        title=keys["metric"],
        group="",
        dataset=place.dataset,
        metric=keys["metric"],
        protocol=known.protocol if known else "",
        higher_is_better=higher_is_better,
        unit=value.unit,
        scale=known.scale if known else 1.0,
        decimals=known.decimals if known else _decimals(value.value),
    )
    return Observation(keys, column, published=value.for_cell())


def _measured(candidate: Candidate, known: Mapping[str, DefinedColumn], incomplete: bool) -> list[Observation]:
    spec = candidate.record.spec
    found = []
    for output in candidate.record.evaluation.results:
        column = column_of(candidate, output, known)
        measured = measured_in(candidate, output, column.scale)
        keys = {
            "method": spec["method"],
            "recipe": spec["recipe"],
            "variant": changes(spec.get("overrides") or {}),
            "seed": str(spec["seed"]),
            "weights": candidate.weights,
            "source": candidate.origin,
            "dataset": spec["dataset"],
            "protocol": spec["protocol"],
            "metric": output,
        }
        if not (candidate.complete or incomplete):
            found.append(Observation(keys, column, reason=part_of_split(candidate)))
        else:
            reason = "" if measured else absence(candidate, output)
            found.append(Observation(keys, column, measured=measured, reason=reason))
    return found


def changes(overrides: Mapping[str, object]) -> str:
    """Return what a run changed of its recipe, as text; what was left alone is left out.

    >>> changes({"steps": 4, "width": None, "without": ["class"]})
    'steps=4, without=class'
    """
    texts = []
    for name, change in sorted(overrides.items()):
        if change not in (None, [], ""):
            texts.append(f"{name}={'+'.join(map(str, change)) if isinstance(change, list) else change}")
    return ", ".join(texts)


def _decimals(text: str) -> int:
    """Digits behind the point of a number as printed."""
    return len(text.partition(".")[2])


def _known(observations: Sequence[Observation], key: str) -> list[str]:
    return sorted({o.keys[key] for o in observations if o.keys[key]})
