"""A table as plain data: rows, columns, and cells that keep a published number and a measured one apart.

Nothing here is computed or formatted; `tables.build` fills it, the modules of `tables.formats` write it. No torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sisbench.evaluation import Value


@dataclass(frozen=True)
class Published:
    """A number that a paper prints.

    Attributes:
        value: The number, in the unit of its column.
        text: As printed, trailing zeros included ("41.0", "2.55 ± 0.95").
        source: Paper that prints it ("LGGAN").
        table: Its table ("Table 3 (left)").
        citation: Citation key of the paper that the method is from.
        protocol: How it was measured, in words, as far as the paper says.
        note: What a reader must know (a second-hand value, a conflict with another paper); empty where nothing.
    """

    value: float
    text: str
    source: str
    table: str
    citation: str
    protocol: str = ""
    note: str = ""


@dataclass(frozen=True)
class Measured:
    """A number of a record, or of the scores of a preference study, in the unit of its column.

    Attributes:
        value: The number.
        stderr: Its standard error; None where the record has none.
        n: Number of images that it is over, or of answers of a study.
        protocol: Name of the protocol; of a study, how people were asked.
        record: Where it is kept: the path of the file, relative to the leaderboards for a promoted one.
        origin: "promoted" for a file of the leaderboards, "local" for one of this machine.
        weights: What the images are of: weights "trained" by the run, or of a "file" where a checkpoint was given;
            "none" where the method has no weights; "real" for photos, which no network made; "study" where people
            compared images.
        recipe: Name of the recipe; empty for photos and studies.
        seed: Seed of the run; None for photos and studies.
        complete: Whether the whole split was evaluated.
        digest: Digest of the record; None for records of a schema that had none.
        bounds: The 95 % interval, where it is not that of a standard error.
        warnings: What makes the number doubtful, as the record says.
    """

    value: float
    stderr: float | None
    n: int
    protocol: str
    record: Path
    origin: Literal["promoted", "local"]
    weights: Literal["trained", "file", "none", "real", "study"]
    recipe: str
    seed: int | None
    complete: bool
    digest: str | None = None
    bounds: tuple[float, float] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def interval(self) -> tuple[float, float] | None:
        """Bounds of the 95 % interval: its own, else that of its standard error."""
        return self.bounds or Value(self.value, self.stderr, self.n).interval


@dataclass(frozen=True)
class Cell:
    """What is known of one row in one column.

    Attributes:
        published: The number of the paper.
        measured: The number of a record under the column's protocol.
        reason: Why a number is absent, or several reasons, one a line; empty where none is expected to be there.
        mark: Best or worst of the column among the published numbers, where the paper marks them.
    """

    published: Published | None = None
    measured: Measured | None = None
    reason: str = ""
    mark: Literal["best", "worst"] | None = None

    @property
    def difference(self) -> float | None:
        """Measured less published; None where one is absent."""
        if self.published is None or self.measured is None:
            return None
        return self.measured.value - self.published.value


@dataclass(frozen=True)
class Column:
    """One quantity under one protocol.

    Attributes:
        key: Unique in the table ("cityscapes_miou").
        title: Heading ("mIoU").
        group: Heading over neighbouring columns ("Cityscapes"); empty where there is none.
        dataset: Name of the card ("cityscapes"); empty where rows are told apart by data set.
        metric: Output of an evaluation ("miou").
        protocol: Name of the protocol that measured numbers must have.
        higher_is_better: Direction; None where neither is better.
        unit: "%", "dB", ...; empty for a bare number.
        scale: What a record's number is multiplied by (100 for mIoU in %).
        decimals: Digits behind the point of measured numbers.
    """

    key: str
    title: str
    group: str
    dataset: str
    metric: str
    protocol: str
    higher_is_better: bool | None
    unit: str = ""
    scale: float = 1.0
    decimals: int = 1

    @property
    def arrow(self) -> str:
        """Up where higher is better, down where lower is."""
        return "" if self.higher_is_better is None else "↑" if self.higher_is_better else "↓"


@dataclass(frozen=True)
class Row:
    """One method, variant or comparison.

    Attributes:
        key: Unique in the table.
        title: As printed ("SPADE+ (VGG)").
        facts: Text of the fact columns ("VGG": "yes").
        citation: Citation key; empty for rows of our own.
        method: Method of the registry that measured numbers are looked for under; empty where there is none.
        group: Rows of one group stand together, with a rule between groups.
    """

    key: str
    title: str
    facts: Mapping[str, str] = field(default_factory=dict)
    citation: str = ""
    method: str = ""
    group: str = ""


@dataclass(frozen=True)
class Table:
    """A whole table.

    Attributes:
        name: How the command line calls it ("lggan-3-left").
        title: Heading.
        source: Paper and table that it regenerates; empty for a table of records alone.
        row_heading: What a row is ("Method").
        fact_columns: Headings of the rows' facts, in order.
        columns: In order.
        rows: In order.
        cells: By (row key, column key); one that is absent is empty and needs no reason.
        footnotes: Below the table, in order.
    """

    name: str
    title: str
    source: str
    row_heading: str
    fact_columns: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cells: Mapping[tuple[str, str], Cell]
    footnotes: tuple[str, ...] = ()

    def cell(self, row: Row, column: Column) -> Cell:
        """Return a cell; an empty one where nothing is known."""
        return self.cells.get((row.key, column.key), Cell())
