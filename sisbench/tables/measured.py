"""Records that may stand in a table: the promoted ones, and those of runs on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sisbench import datasets, per_image, protocols
from sisbench.errors import InputError, Problems
from sisbench.files import Tree, sha256
from sisbench.record import RunRecord
from sisbench.tables._place import leaderboards

_RECORD = "record.json"
_NAMES = ("method", "dataset", "protocol", "recipe")
_OF_A_RUN = ("spec.json", "images.json", "stages.json", "semantics.json")
"""JSON files that lie in the folder of a run beside its record; `runs/*/*.json` names them too."""


@dataclass(frozen=True)
class Candidate:
    """A record and where it was found.

    Attributes:
        record: The record; its spec names method, data set, protocol, recipe and seed.
        path: The file.
        origin: "promoted" for a record of the leaderboards, "local" for a run on this machine.
    """

    record: RunRecord
    path: Path
    origin: Literal["promoted", "local"]

    @property
    def shown_path(self) -> Path:
        """How tables call the file: a promoted one relative to the leaderboards, so that it is alike everywhere."""
        return self.path.relative_to(leaderboards()) if self.origin == "promoted" else self.path

    @property
    def weights(self) -> Literal["trained", "file", "none"]:
        """Where the weights are from: "trained" by the run, a "file", "none" of a method that has none."""
        origin = (self.record.provenance.get("weights") or {}).get("origin")
        return origin if origin in ("trained", "none") else "file"

    @property
    def complete(self) -> bool:
        """Whether the whole split was evaluated."""
        return self.record.provenance.get("complete") is True


def collect(
    folders: Sequence[Path], promoted: bool = True, problems: list[str] | None = None, may_be_empty: bool = False
) -> list[Candidate]:
    """Find records.

    Files are named outright, or lie in the folders at any depth: every `record.json`, and every JSON file with its
    per-image numbers beside it, as promoted records have. Other JSON files of a run are left alone. A record that is
    found twice counts once, as promoted rather than local. One whose protocol has changed under its name since then is
    a problem: nothing compares with it.

    Args:
        folders: Folders to search, and files.
        promoted: Whether the records of the leaderboards are among them.
        problems: Takes a message for every file that is no record that this version reads; the others are still
            returned. None raises them.
        may_be_empty: Whether folders without a record are no problem.

    Returns:
        Promoted records before local ones, each in the order of the paths.

    Raises:
        InputError: A path does not exist.
        Problems: Some files could not be read, and `problems` is None.
    """
    for folder in folders:
        if not folder.exists():
            raise InputError(
                f"records were looked for in {folder}, which does not exist; expected a folder of runs, or a record. "
                "Check the path."
            )
    found: list[str] = []
    candidates: dict[str, Candidate] = {}
    for path, origin in _paths(folders, promoted, found, may_be_empty):
        try:
            candidate = Candidate(_read(path), path, origin)
            candidates.setdefault(_identity(candidate), candidate)
        except InputError as error:
            found.append(str(error))
    kept = _of_one_set_of_photos(list(candidates.values()), found)
    if problems is not None:
        problems.extend(found)
    elif found:
        raise Problems("records that cannot be used:", found, "Update sisbench, run again, or leave these files out.")
    return kept


def preferred(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Sort the records that fit one cell; the first is shown, the others are worth a footnote.

    Promoted records come first, then those of a whole split, then the newest; the digest breaks ties.
    """
    by_age = sorted(candidates, key=lambda c: (str(c.record.provenance.get("time_utc", "")), c.record.digest or ""))
    return sorted(reversed(by_age), key=lambda c: (c.origin != "promoted", not c.complete))


def _paths(
    folders: Sequence[Path], promoted: bool, problems: list[str], may_be_empty: bool
) -> Iterator[tuple[Path, Literal["promoted", "local"]]]:
    records = leaderboards() / "measured"
    if promoted and records.is_dir():
        for path in _below(records, problems):
            yield path, "promoted"
    for folder in folders:
        if folder.is_dir():
            paths = _below(folder, problems)
            if not (paths or may_be_empty):
                problems.append(f"{folder} holds no record; expected the folder of a run, or one of several runs.")
            for path in paths:
                yield path, "local"
        elif folder.name not in _OF_A_RUN:
            yield folder, "local"


def _below(folder: Path, problems: list[str]) -> list[Path]:
    """Records in a folder. Other JSON is not opened: data sets hold thousands of such files."""
    try:
        names = Tree(folder, "records").names(suffixes=(".json", ".csv"))
    except InputError as error:
        problems.append(str(error))
        return []
    there = set(names)
    paths = [Path(name) for name in names if name.endswith(".json")]
    return [folder / path for path in paths if path.name == _RECORD or per_image.beside(path).as_posix() in there]


def _read(path: Path) -> RunRecord:
    record = RunRecord.read(path)
    wrong = [name for name in _NAMES if not isinstance(record.spec.get(name), str)]
    wrong += [] if type(record.spec.get("seed")) is int else ["seed"]
    if wrong:
        raise InputError(
            f"{path}: the spec of this record does not name its {', '.join(wrong)}, without which it has no place in a "
            "table. Run again."
        )
    for name, part in (("overrides", record.spec.get("overrides")), ("weights", record.provenance.get("weights"))):
        if not isinstance(part, dict | None):
            raise InputError(
                f"{path}: the {name!r} of this record are {part!r}; expected an object, as 'sisbench run' writes. The "
                "record was made or changed by hand: run again."
            )
    _require_edition(record, path)
    return record


def _require_edition(record: RunRecord, path: Path) -> None:
    """Refuse a record whose protocol or data set is not what the name means here: a column has one of each."""
    digests: dict[str, tuple[str, str]] = {}
    if (protocol := record.spec["protocol"]) in protocols.names():  # else of a plug-in that is not installed
        digests["protocol"] = protocol, protocols.get(protocol).digest()
    if (dataset := record.spec["dataset"]) in datasets.names():
        digests["card"] = dataset, datasets.get(dataset).card.digest()
    for what, (name, here) in digests.items():
        said = record.evaluation.provenance.get(f"{what}_sha256")
        if said != here:
            raise InputError(
                f"{path} was measured under another edition of the {what} {name!r} (digest {str(said)[:12]}, here "
                f"{here[:12]}), so its numbers do not stand beside those of this version. Run again."
            )


def _of_one_set_of_photos(candidates: Sequence[Candidate], problems: list[str]) -> list[Candidate]:
    """Leave out records of a whole split whose photos or label maps are not those of the others of that split.

    The promoted ones decide, else the first: a column compares methods on the same images.
    """
    deciding: dict[tuple[str, str], Candidate] = {}
    kept = []
    for candidate in candidates:
        facts = candidate.record.evaluation.provenance
        if candidate.complete:
            split = candidate.record.spec["dataset"], candidate.record.spec["protocol"]
            first = deciding.setdefault(split, candidate)
            said, theirs = (one.record.evaluation.provenance.get("samples_sha256") for one in (candidate, first))
            if said != theirs:
                problems.append(
                    f"{candidate.path} was measured on other photos or label maps (samples {str(said)[:12]}) than "
                    f"{first.path} ({str(theirs)[:12]}), though both are of the whole split {facts.get('split')!r} of "
                    f"{split[0]}; their numbers do not compare. 'sisbench data check' tells whose files are right."
                )
                continue
        kept.append(candidate)
    return kept


def _identity(candidate: Candidate) -> str:
    """What two copies of a record have in common; those of schema 1 have no digest."""
    return candidate.record.digest or sha256(candidate.path)
