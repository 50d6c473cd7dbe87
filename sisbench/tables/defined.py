"""What a table of a paper is made of: which published value a cell shows, and what a measured one must be.

`tables.definitions` reads these from `leaderboards/tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sisbench.tables.model import Column, Row
from sisbench.tables.printed import PublishedValue

Mark: TypeAlias = Literal["best", "worst"]
Position: TypeAlias = Literal["as asked", "turned"]


@dataclass(frozen=True)
class Fact:
    """A column of facts about rows.

    Attributes:
        title: Heading ("# param").
        metric: Quantity in the published data ("params_millions").
        suffix: What is printed behind the value ("M").
        texts: What is printed in place of certain values.
    """

    title: str
    metric: str
    suffix: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    def text(self, value: PublishedValue | None) -> str:
        """Return what stands in the table; empty where the table prints nothing."""
        return "" if value is None else self.texts.get(value.value, value.value) + self.suffix


@dataclass(frozen=True)
class Match:
    """What a record must be to stand in a row of a paper.

    Attributes:
        method: Method of the registry.
        recipes: Names of the recipes by data set.
        overrides: The changes of the recipe that the row asks for ({"without": ["vgg"]}); any other is a mismatch.
    """

    method: str
    recipes: Mapping[str, tuple[str, ...]]
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def mismatch(self, spec: Mapping[str, Any]) -> str:
        """Say why the run of a record does not stand in the row; empty where it does.

        Args:
            spec: That of the record.
        """
        if spec["method"] != self.method:
            return f"it is of method {spec['method']!r}, the row of {self.method!r}"
        recipes = self.recipes.get(spec["dataset"], ())
        if spec["recipe"] not in recipes:
            needed = " or ".join(map(repr, recipes)) or "none of our recipes"
            return f"its recipe is {spec['recipe']!r}, the row is of {needed} on {spec['dataset']}"
        made = {name: change for name, change in (spec.get("overrides") or {}).items() if change not in (None, [])}
        if made != self.overrides:
            return f"its recipe has {_changes(made)}, the row {_changes(self.overrides)}"
        return ""


@dataclass(frozen=True)
class Pair:
    """The two methods that a study must compare to stand in a row of a paper.

    A method of a study is one of these if it has one of its names, upper and lower case alike: those in the registry,
    its title, what the paper calls it.

    Attributes:
        preferred: Names of the method whose preference the row reports.
        against: Names of the other one.
    """

    preferred: tuple[str, ...]
    against: tuple[str, ...]

    def position(self, method: str, against: str) -> Position | None:
        """Return how a study's pair of methods is this one; None where it is another.

        >>> Pair(("LGGAN",), ("GauGAN", "SPADE")).position("spade", "lggan")
        'turned'
        """
        if _named(method, self.preferred) and _named(against, self.against):
            return "as asked"
        return "turned" if _named(against, self.preferred) and _named(method, self.against) else None


def _named(method: str, names: tuple[str, ...]) -> bool:
    return method.casefold() in {name.casefold() for name in names}


def _changes(overrides: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={change!r}" for name, change in sorted(overrides.items())) or "no changes"


@dataclass(frozen=True)
class DefinedColumn:
    """A column and where its numbers come from.

    Attributes:
        column: As the table shows it; its protocol is empty where none of ours exists.
        published: Quantity in the published data ("acc").
        unmeasured: Why no measured number can stand in it, and what is needed; empty where one can.
        study: Whether its measured numbers are preferences from studies and not from records.
    """

    column: Column
    published: str
    unmeasured: str
    study: bool = False


@dataclass(frozen=True)
class DefinedRow:
    """A row and what may stand in it.

    Attributes:
        row: As the table shows it, without its facts, which are published data.
        match: What a record must be; None where none of ours can stand in it.
        pair: What a study must compare; None where the row is of records.
        unmeasured: Why not, and what is needed; empty where one can.
        ranked: Whether it takes part in the marks of best and worst (real photos do not).
    """

    row: Row
    match: Match | None
    pair: Pair | None
    unmeasured: str
    ranked: bool


@dataclass(frozen=True)
class Definition:
    """One table of a paper.

    Attributes:
        name: How the command line calls it; also the table's name in the published data.
        title: Heading.
        source: Paper and table.
        row_heading: What a row is ("Method").
        facts: Columns of facts, left of the numbers.
        columns: In order.
        rows: In order; rows of one group are neighbours.
        marks: What the paper marks in each column.
        footnotes: Below the table.
    """

    name: str
    title: str
    source: str
    row_heading: str
    facts: tuple[Fact, ...]
    columns: tuple[DefinedColumn, ...]
    rows: tuple[DefinedRow, ...]
    marks: tuple[Mark, ...]
    footnotes: tuple[str, ...]
