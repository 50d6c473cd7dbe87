"""Does a record say what its images say? They are scored again, and every number is held against the recorded one.

A record's digest tells that nobody edited the file by accident; this tells that its numbers are those of the images.
Names and keys in a record are looked up and compared, never followed as paths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import torch

from sisbench import datasets, per_image, protocols, scored
from sisbench._device import model_name, usable
from sisbench.card import Protocol
from sisbench.errors import InputError, first
from sisbench.evaluation import Evaluation
from sisbench.gate.explain import changes
from sisbench.gate.subjects import Subject
from sisbench.generation import IMAGES, images_digest
from sisbench.record import RunRecord, environment
from sisbench.scored import EXACT
from sisbench.scoring import ImageFolder, evaluate, evaluate_samples
from sisbench.verified import Verification, compared
from sisbench.views import evaluated_samples


def verify(
    path: Path,
    images: Path | None = None,
    root: Path | None = None,
    *,
    device: torch.device | str = "cpu",
    cache_dir: Path | None = None,
    tolerance: float = EXACT,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Score the images of a record again, with its data set and its protocol.

    Args:
        path: The folder of a run, or a record.
        images: Folder or zip archive of the images; None is `images/` beside the record.
        root: Place of the data set, as for a run.
        device: Where networks run.
        cache_dir: Folder for findings on the real images; None computes them again.
        tolerance: Difference that counts as rounding, relative to the size of what is summed. The default, 1e-9, is for
            the kind of machine that made the record; another number of threads or another device moves networks more.
        progress: Told of images done, and in all.

    Raises:
        InputError: A record that cannot be read or was edited, images that are missing, data that is not at hand, an
            unknown data set or protocol, names that are paths.
    """
    file = path / scored.RECORD if path.is_dir() else path
    record = RunRecord.read(file)
    stored, unchecked = _with_shares(file, record)
    _require_names(file, (*map(record.spec.get, ("method", "dataset", "protocol", "recipe")), *stored.keys))
    task = _Task.of(record, file)
    where = images or file.parent / IMAGES
    if not where.exists():
        raise InputError(
            f"the images of {file} were looked for in {where}, which does not exist; expected the {stored.n} images "
            "that its numbers are of (a promoted record has none beside it). Name their folder with '--images'."
        )
    device = usable(device)
    now = task.score(where, root, device, cache_dir, progress)
    if stored.keys and stored.keys != now.keys:
        differing = sorted(set(stored.keys) ^ set(now.keys))
        raise InputError(
            f"{per_image.beside(file)} is of other samples than the data set has now: {', '.join(first(differing))} "
            "are on one side alone. Give the data that the record was made with ('--root')."
        )
    here = environment(str(device), torch.get_num_threads(), model_name(device))
    loaded = {**_plugins(record), **here["plugins"]}  # those that made the images need not be here
    remade = {**here, "plugins": loaded, "images_sha256": images_digest(where)}
    after = RunRecord(record.spec, now, {**record.provenance, **remade}, {})
    subjects = (Subject(file, "", one.evaluation, record=one, sealed=True) for one in (record, after))
    known = tuple(change for change in changes(*subjects) if change.before != "not recorded")
    return Verification(record, file, where, tolerance, compared(stored, now), known, unchecked)


class _Task(NamedTuple):
    """What a record was scored with."""

    data: datasets.Dataset
    protocol: Protocol
    limit: int | None
    images_per_layout: int

    @classmethod
    def of(cls, record: RunRecord, file: Path) -> _Task:
        spec = record.spec
        try:
            dataset, protocol, limit = str(spec["dataset"]), str(spec["protocol"]), spec["limit"]
            count = spec.get("images_per_layout", 1)  # records of schema 1 may lack it
        except KeyError as error:
            raise InputError(f"{file} does not say its {error}; expected the record of a run. Run again.") from error
        if not all(value is None or (type(value) is int and value > 0) for value in (limit, count)) or count is None:
            raise InputError(
                f"{file} has the limit {limit!r} and {count!r} images per layout; expected numbers above 0."
            )
        try:
            return cls(datasets.get(dataset), protocols.get(protocol), limit, count)
        except InputError as error:
            made_with = ", ".join(f"{name} {version}" for name, version in _plugins(record).items())
            if not made_with:
                raise
            raise InputError(f"{error} The record was made with plug-ins, which may bring it: {made_with}.") from error

    def score(
        self,
        images: Path,
        root: Path | None,
        device: torch.device,
        cache_dir: Path | None,
        progress: Callable[[int, int], None] | None,
    ) -> Evaluation:
        card, protocol = self.data.card, self.protocol
        size = protocol.scoring(card.name).size or card.size
        tree = datasets.locate(self.data, root)
        samples = evaluated_samples(self.data, tree, protocol, size, self.limit)
        if self.images_per_layout > 1:
            return evaluate_samples(
                images, protocol, dataset=card.name, keys=samples.keys, device=device, progress=progress
            )
        fakes = ImageFolder(images)
        return evaluate(fakes, samples, protocol, device=device, cache_dir=cache_dir, progress=progress)


def _plugins(record: RunRecord) -> dict[str, object]:
    """Plug-ins that a record was made with, and their versions."""
    named = record.provenance.get("plugins")
    return dict(named) if isinstance(named, dict) else {}


def _with_shares(file: Path, record: RunRecord) -> tuple[Evaluation, tuple[str, ...]]:
    """Return the record's evaluation, with every image's share where it was recorded, and what could not be read."""
    beside = per_image.beside(file)
    if not beside.is_file():
        return record.evaluation, (f"{beside.name} is not there: the shares of single images were not looked at",)
    (evaluation,) = scored.with_per_image(scored.read(file)).evaluations.values()
    return evaluation, ()


def _require_names(file: Path, names: Iterable[object]) -> None:
    """Raise an InputError for names that would lead somewhere if anything followed them."""
    paths = [repr(name) for name in names if isinstance(name, str) and _is_path(name)]
    if paths:
        raise InputError(
            f"{file} has names that are paths: {', '.join(first(paths))}; expected plain names. Such a record was not "
            "written by sisbench: do not trust it."
        )


def _is_path(name: str) -> bool:
    return name in ("", ".", "..") or bool(re.search(r"[/\\\0]|^[A-Za-z]:", name))
