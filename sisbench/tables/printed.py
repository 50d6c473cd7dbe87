"""What papers print, as data: values with their places, the papers, and the conflicts between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sisbench.tables.model import Published


class Place(NamedTuple):
    """Where a value stands.

    Attributes:
        table: Name of the table ("lggan-3-left").
        row: Key of its row.
        dataset: Data set; empty for facts of a row (number of parameters).
        metric: Quantity, by the name of the published data ("acc_top1_all"), which is not always that of an output.
    """

    table: str
    row: str
    dataset: str
    metric: str


class Citation(NamedTuple):
    """A paper. Fields that our sources do not state are empty.

    Attributes:
        key: Citation key ("tang2020lggan").
        authors: Names, separated by semicolons.
        title: Title.
        venue: Conference or journal, abbreviated.
        year: Four digits.
    """

    key: str
    authors: str
    title: str
    venue: str
    year: str


class Side(NamedTuple):
    """One side of a conflict.

    Attributes:
        conflict: What the sides disagree about.
        place: Where this side's value stands.
        value: As printed there.
        statement: Which edition prints it, or what the text claims of it.
    """

    conflict: str
    place: Place
    value: str
    statement: str


@dataclass(frozen=True)
class PublishedValue:
    """One value as printed.

    Attributes:
        place: Table, row, data set and quantity.
        method: Method as the table calls it.
        variant: What tells rows of one method apart, in words; mostly empty.
        citation: Key of the paper that the method is from; empty for real photos without one.
        year: Year of that paper.
        value: As printed, trailing zeros included; of a fact of a row it may be a word ("yes").
        spread: What stands behind "±"; empty where nothing does.
        unit: "%", "dB", "M"; empty for a bare number.
        source: Paper that prints it.
        source_table: Its table.
        protocol: How it was measured, in words, as far as the source says.
        note: What a reader must know.
        disputes: Sides of its conflicts that print something else.
    """

    place: Place
    method: str
    variant: str
    citation: str
    year: str
    value: str
    spread: str
    unit: str
    source: str
    source_table: str
    protocol: str
    note: str
    disputes: tuple[Side, ...] = field(default=(), compare=False)

    @property
    def text(self) -> str:
        """The value with its spread, as printed ("2.55 ± 0.95")."""
        return f"{self.value} ± {self.spread}" if self.spread else self.value

    def for_cell(self) -> Published:
        """Return it as what a cell of a table shows; its note names what others print.

        Raises:
            ValueError: It is a fact of a row, in words, and no number.
        """
        others = [f"{side.value} in {side.place.table} ({side.statement})" for side in self.disputes]
        notes = [self.note] if self.note else []
        notes += [f"in conflict with {'; '.join(others)}"] if others else []
        return Published(
            value=float(self.value),
            text=self.text,
            source=self.source,
            table=self.source_table,
            citation=self.citation,
            protocol=self.protocol,
            note="; ".join(notes),
        )


@dataclass(frozen=True)
class PublishedData:
    """All that is published.

    Attributes:
        values: In the order of the files and their lines.
        citations: By key.
        conflicts: Sides of all conflicts, those of one conflict together.
    """

    values: tuple[PublishedValue, ...]
    citations: Mapping[str, Citation]
    conflicts: tuple[Side, ...]

    def find(self, table: str, row: str, dataset: str, metric: str) -> PublishedValue | None:
        """Return the value of a place; None where the table prints none."""
        return self._by_place.get(Place(table, row, dataset, metric))

    def fact(self, table: str, row: str, metric: str) -> PublishedValue | None:
        """Return a fact of a row, such as its number of parameters; None where the table prints none."""
        return self.find(table, row, "", metric)

    @cached_property
    def _by_place(self) -> dict[Place, PublishedValue]:
        return {value.place: value for value in self.values}
