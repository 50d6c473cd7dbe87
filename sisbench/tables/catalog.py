"""All numbers that tables are made from, and the tables that can be made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sisbench import datasets
from sisbench.errors import InputError, Problems, unknown_name
from sisbench.tables import definitions, preferences, published
from sisbench.tables.build import build
from sisbench.tables.defined import Definition
from sisbench.tables.free import dataset_tables, free_table
from sisbench.tables.measured import Candidate, collect
from sisbench.tables.model import Table
from sisbench.tables.observations import Observation, observe, select
from sisbench.tables.photos import observe_photos
from sisbench.tables.preferences import Study
from sisbench.tables.published import PublishedData

_RUNS = Path("runs")


@dataclass(frozen=True)
class Catalog:
    """Published numbers and records.

    Attributes:
        published: What the papers print.
        candidates: Records that may stand in a table.
        incomplete: Whether records of a part of a split may.
        problems: Why files are no records or scores that this version reads, a message for each.
        studies: Scores of preference studies that may stand in a table of a paper.
    """

    published: PublishedData
    candidates: Sequence[Candidate]
    incomplete: bool
    problems: Sequence[str]
    studies: Sequence[Study] = ()

    @classmethod
    def load(
        cls,
        records: Sequence[Path] = (),
        promoted: bool = True,
        incomplete: bool = False,
        studies: Sequence[Path] = (),
    ) -> Catalog:
        """Read all numbers.

        Args:
            records: Folders of runs, and records; none takes the folder `runs` where it exists.
            promoted: Whether the records and studies of the leaderboards are among them.
            incomplete: Whether records of a part of a split may stand in a table.
            studies: Files of scores of preference studies.

        Raises:
            InputError: A path does not exist, no record was read of those that were named, or one of `studies` holds no
                scores.
        """
        problems: list[str] = []
        kept = collect([], promoted, problems)
        folders = records or ([_RUNS] if _RUNS.is_dir() else [])
        local = collect(folders, promoted=False, problems=problems, may_be_empty=not records)
        if records and not local:
            raise Problems(
                f"no record was read from {', '.join(map(str, records))}; expected at least one:",
                problems or ["these are other files of a run"],
                "Name the folder of a run, or one of several runs.",
            )
        known = {candidate.record.digest for candidate in kept if candidate.record.digest}
        fresh = [candidate for candidate in local if candidate.record.digest not in known]
        scores = preferences.collect(studies, promoted, problems)
        return cls(published.load(), [*kept, *fresh], incomplete, problems, scores)

    def paper(self, name: str) -> Table:
        """Return the table of a paper.

        Raises:
            InputError: No table has this name.
        """
        return build(definitions.get(name), self.published, self.candidates, self.incomplete, self.studies)

    def dataset(
        self,
        name: str,
        where: Mapping[str, Sequence[str]] | None = None,
        rows: Sequence[str] = (),
        columns: Sequence[str] = (),
    ) -> list[Table]:
        """Return the tables of a data set, one for each protocol.

        Args:
            name: Name of the data set.
            where: Values by key; only numbers that have them are shown.
            rows: As for `free_table`.
            columns: As for `free_table`.

        Raises:
            InputError: No data set has this name, nothing is known of it, or a key is unknown.
        """
        observations = self.observations()
        known = {o.keys["dataset"] for o in observations}
        if name not in known | set(datasets.names()):
            raise unknown_name("a data set", name, known | set(datasets.names()), "sisbench list datasets")
        if name not in known:
            raise InputError(
                f"no paper's table and no record has a number of data set {name!r}; expected at least one. Make one "
                f"('sisbench run --dataset {name}'), or say where records are ('--records DIR')."
            )
        return dataset_tables(
            select([*observations, *self._photos()], {**(where or {}), "dataset": [name]}), rows, columns
        )

    def free(self, where: Mapping[str, Sequence[str]], rows: Sequence[str], columns: Sequence[str]) -> Table:
        """Return a table of any numbers; see `free_table`."""
        return free_table(select(self.observations(), where), rows, columns)

    def every(self) -> list[Table]:
        """Return all tables of papers, then those of every data set that has a record."""
        tables = [self.paper(name) for name in definitions.names()]
        observations = [*self.observations(), *self._photos()]
        for name in sorted({candidate.record.spec["dataset"] for candidate in self.candidates}):
            of_records = [o for o in observations if o.keys["dataset"] == name]
            tables += dataset_tables(of_records)
        return tables

    def observations(self) -> list[Observation]:
        """Return all numbers as one list."""
        return observe(self.published, _defined(), self.candidates, self.incomplete)

    def _photos(self) -> list[Observation]:
        return observe_photos(_defined(), self.candidates, self.incomplete)


def _defined() -> list[Definition]:
    return [definitions.get(name) for name in definitions.names()]
