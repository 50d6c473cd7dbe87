"""What a method makes of the training set before it trains, on disk: shard by shard, resumable, deterministic.

A folder of safetensors files, one for every few samples, and `prepared.json`, written last: what the shards are of, and
the digest of each. While it is missing, `building.json` says what is being built; whole shards of the same thing are
kept, so an interrupted build goes on. A shard is written under a temporary name and renamed: one that exists is whole.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import safetensors.torch
import torch
from torch import Tensor

from generators._errors import GeneratorError

SHARD = 16
"""Samples of one file."""
_MANIFEST, _PLAN = "prepared.json", "building.json"


class TrainingSet(Protocol):
    """The training set as a method sees it, in a fixed order."""

    def __len__(self) -> int:
        """Return the number of samples."""
        ...

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return condition, float (C, H, W), and photo, uint8 (3, H, W), of a sample."""
        ...

    def digest(self) -> str:
        """Return a digest of names and contents."""
        ...


Report = Callable[[int, int], None]
"""Told of samples done, and of all there are."""


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A finished folder.

    Attributes:
        digest: SHA-256 over what was built, whatever machine built it.
        n_bytes: Size of the shards.
        samples: Samples of the training set.
        paths: The shards, in the order of the samples.
    """

    digest: str
    n_bytes: int
    samples: int
    paths: tuple[Path, ...]

    def shards(self) -> Iterator[dict[str, Tensor]]:
        """Read one shard after the other."""
        for path in self.paths:
            yield safetensors.torch.load_file(path)

    def joined(self, *names: str) -> tuple[Tensor, ...]:
        """Return tensors of all shards, each joined along its first dimension."""
        parts: dict[str, list[Tensor]] = {name: [] for name in names}
        for shard in self.shards():
            for name in names:
                parts[name].append(shard[name])
        return tuple(torch.cat(parts[name]) for name in names)

    def facts(self) -> dict[str, Any]:
        """Return what a record says of it, as JSON."""
        return {"sha256": self.digest, "bytes": self.n_bytes, "samples": self.samples}


def build(
    folder: Path,
    samples: TrainingSet,
    make: Callable[[Tensor, Tensor], Mapping[str, Tensor]],
    what: Mapping[str, Any],
    report: Report,
) -> None:
    """Build what is missing of a folder; a finished one is left alone.

    Args:
        folder: Its place; what lies there and is of something else is removed.
        samples: The training set.
        make: From conditions (n, C, H, W) and photos (n, 3, H, W) of consecutive samples to what is kept of them; no
            random number may enter it.
        what: What is built, as JSON: method, version of its layout, and every option that changes a shard.
        report: Told of progress.

    Raises:
        GeneratorError: The training set is empty.
    """
    if (folder / _MANIFEST).exists():
        return
    n = len(samples)
    if n == 0:
        raise GeneratorError("the training set is empty: there is nothing to prepare from. Check the data's folder.")
    identity = {**what, "samples": n, "samples_sha256": samples.digest()}
    if _json(folder / _PLAN) != identity:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        _write(folder / _PLAN, json.dumps(identity, indent=2).encode())
    digests = {}
    for first in range(0, n, SHARD):
        path = folder / f"{first // SHARD:05d}.safetensors"
        last = min(first + SHARD, n)
        if not path.exists():
            conds, photos = zip(*(samples[index] for index in range(first, last)), strict=True)
            shard = make(torch.stack(conds), torch.stack(photos))
            _write(path, safetensors.torch.save({name: tensor.contiguous() for name, tensor in shard.items()}))
        digests[path.name] = _sha256(path)
        report(last, n)
    _write(folder / _MANIFEST, json.dumps({"of": identity, "shards": digests}, indent=2).encode())
    (folder / _PLAN).unlink(missing_ok=True)


def load(folder: Path, what: Mapping[str, Any]) -> Prepared:
    """Open a finished folder, after every shard was held against its digest.

    Raises:
        GeneratorError: It is unfinished, damaged, or of something else.
    """
    advice = "Remove the folder and issue 'sisbench run' again: it is built anew."
    manifest = _json(folder / _MANIFEST)
    if manifest is None:
        raise GeneratorError(
            f"{folder} does not hold what {what.get('method')} prepares of the training set, or not all of it. Issue "
            "'sisbench run' again: the build goes on where it stopped."
        )
    try:
        identity, shards = dict(manifest["of"]), dict(manifest["shards"])
        samples = int(identity["samples"])
    except (KeyError, TypeError, ValueError) as error:
        raise GeneratorError(f"{folder / _MANIFEST} is damaged ({error!r}). {advice}") from error
    differing = sorted(key for key in what if identity.get(key) != what[key])
    if differing:
        key = differing[0]
        raise GeneratorError(
            f"{folder} was prepared for something else: its {key} is {identity.get(key)!r}, expected {what[key]!r}. "
            f"{advice}"
        )
    paths = tuple(folder / name for name in sorted(shards))
    for path in paths:
        found = _sha256(path) if path.is_file() else "no file"
        if found != shards[path.name]:
            raise GeneratorError(
                f"{path} is not what was built: its SHA-256 is {found[:12]}, expected {shards[path.name][:12]}. "
                f"{advice}"
            )
    digest = hashlib.sha256(json.dumps([identity, shards], sort_keys=True).encode()).hexdigest()
    return Prepared(digest, sum(path.stat().st_size for path in paths), samples, paths)


def _json(path: Path) -> Any:
    """Read a JSON object; None where there is none, or a damaged one."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write under a temporary name, then rename: a file that exists is whole."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
