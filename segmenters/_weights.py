"""Files of weights: found, verified, read without running code, and loaded strictly.

A state is tolerated inside of a checkpoint's "state_dict", with a `module.` prefix (saved from a data-parallel
wrapper), without `num_batches_tracked` (written before PyTorch 0.4.1), with the buffers of CSAIL's batch normalisation
that evaluation never reads, and in several files, one for each part of the network; nothing else is. What does not fit
is named as what it is: a state for another number of classes, or of another architecture.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from segmenters._base import Loaded, Segmenter
from segmenters._errors import SegmenterError, WeightsMissing
from segmenters._families import MMSEG
from segmenters._registry import Weights, build, names

SHIPPED = Path(__file__).parent / "weights"
"""Weights that are part of the package."""

CACHE = Path(".cache") / "sisbench" / "weights"
"""Where users keep published files, below their home folder."""

UNUSED = ("_tmp_running_mean", "_tmp_running_var", "_running_iter")
"""Buffers that only the training of CSAIL's synchronised batch normalisation reads."""

SUFFIXES = (".pth", ".pt", ".safetensors")
"""Files of a folder that may hold weights."""


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        state: Tensors by name.
        metadata: Text that a safetensors file carries about itself.
        beside: What a checkpoint holds beside its state, by name: plain values and containers.
    """

    state: Mapping[str, Tensor]
    metadata: Mapping[str, str]
    beside: Mapping[str, object]


def find_files(arch: str, known: Weights) -> list[Path]:
    """Return the paths of known weights, one for each file of the release.

    Looks into the package for shipped files, else into the folder `$SISBENCH_WEIGHTS` and `~/.cache/sisbench/weights`.

    Raises:
        WeightsMissing: The files are, together, in none of them.
    """
    given = os.environ.get("SISBENCH_WEIGHTS")
    folders = [SHIPPED] if known.shipped else [*([Path(given)] if given else []), Path.home() / CACHE]
    files = (known.file, *known.companions)
    for folder in folders:
        if all((folder / file).is_file() for file in files):
            return [folder / file for file in files]
    if known.shipped:
        reason = f"{SHIPPED / known.file}, a file of the package, is gone. Install the package again."
    else:
        first = f"$SISBENCH_WEIGHTS ({given or 'not set'})"
        one = len(files) == 1
        what = f"the published file {known.file} is" if one else f"the published files {' and '.join(files)} are"
        reason = (
            f"{what} neither in {first} nor in ~/{CACHE.as_posix()}. Get {'it' if one else 'them'} from {known.origin} "
            f"and put {'it' if one else 'them'} there, or pass {'its path' if one else 'their folder'} as the "
            "segmenter's weights."
        )
    raise WeightsMissing(f"{arch}.{known.tag}", reason)


def load(segmenter: Segmenter, weights: Path | Sequence[Path], arch: str, sha256: str | None = None) -> list[Contents]:
    """Fill a segmenter from files, all or nothing, and note the first file in `segmenter.loaded`.

    Args:
        segmenter: The network to fill; untouched if an error is raised.
        weights: A state dict, bare or as the "state_dict" of a checkpoint: `.safetensors`, else the format of
            `torch.save`. A network with `parts` also takes a file for each of them: the folder that holds them, both
            paths, or one path of two that are called alike ("encoder_epoch_50.pth").
        arch: Name of its architecture, for messages.
        sha256: Digest the file must have, in hexadecimal.

    Returns:
        What the files hold.

    Raises:
        SegmenterError: A file is missing, damaged, another one than expected, or holds another state.
    """
    paths = _files(weights, segmenter.parts)
    digests = [_sha256(path) for path in paths]
    if sha256 is not None and digests != [sha256]:
        raise SegmenterError(
            f"{paths[0]} is not the expected file: its SHA-256 is {digests[0]}, expected {sha256}. "
            "It was damaged or replaced; fetch it again, or pass it explicitly as a file of your own."
        )
    own = segmenter.state_dict()
    contents = [_read(path) for path in paths]
    state: dict[str, Tensor] = {}
    for content in contents:
        state.update(_official(content.state, own, segmenter.parts))
    where = " and ".join(map(str, paths))
    wrong = list(_differences(state, own))
    if wrong:
        fit = "does not fit this segmenter: it holds" if len(paths) == 1 else "do not fit this segmenter: they hold"
        raise SegmenterError(f"{where} {fit} {_describe(state, own, wrong, segmenter, arch)}")
    # A NaN or an infinity survives every sum, so one number per tensor tells.
    bad = [key for key, value in state.items() if value.is_floating_point() and not value.double().sum().isfinite()]
    if bad:
        raise SegmenterError(f"{where} is damaged: {bad[0]} holds values that are not finite. Fetch the file again.")
    segmenter.load_state_dict({**own, **state})
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    metadata = {key: text for content in contents for key, text in content.metadata.items()}
    segmenter.loaded = Loaded(paths[0], digest, metadata)
    return contents


def _files(weights: Path | Sequence[Path], parts: Sequence[str]) -> list[Path]:
    """Return the files that are meant, one for each part of the network if it has parts and they are apart."""
    named = [Path(weights)] if isinstance(weights, str | os.PathLike) else [Path(path) for path in weights]
    if len(named) == 1 and parts and named[0].is_dir():
        return [_only(named[0], part) for part in parts]
    if len(named) == 1:
        for part in parts:
            if named[0].name.startswith(f"{part}_"):  # the others lie beside it, under names like its own
                beside = [named[0].with_name(named[0].name.replace(part, other, 1)) for other in parts]
                named = [path for path in beside if path in named or path.is_file()]
                break
    if not named:
        raise SegmenterError("weights were given as an empty list of files. Name at least one file.")
    for path in named:
        if not path.is_file():
            raise SegmenterError(f"weights were looked for in {path}, which is not a file. Check the path.")
    return sorted(named, key=lambda path: [not path.name.startswith(part) for part in parts])


def _only(folder: Path, part: str) -> Path:
    """Return the file of a part in a folder."""
    found = sorted(path for path in folder.glob(f"{part}*") if path.suffix in SUFFIXES and path.is_file())
    if len(found) != 1:
        held = f"{', '.join(path.name for path in found)}" if found else "none"
        raise SegmenterError(
            f"the weights in {folder} are ambiguous or not whole: expected one file {part}*.pth, found {held}. "
            f"Name the files one by one."
        )
    return found[0]


def _read(path: Path) -> Contents:
    """Read tensors by name, and what a file says of them; nothing that it contains is executed."""
    metadata: dict[str, str] = {}
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as stream:
                metadata = dict(stream.metadata() or {})
                held: object = {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118 (it is no dict)
        else:
            held = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to spell
        raise SegmenterError(
            f"{path} cannot be read as weights ({type(error).__name__}): it is damaged, cut off, or holds more than "
            "tensors; expected a state dict written by torch.save or safetensors. Fetch it again."
        ) from error
    state, beside = held, {}
    if isinstance(held, Mapping) and isinstance(held.get("state_dict"), Mapping):
        state = held["state_dict"]
        beside = {str(key): value for key, value in held.items() if key != "state_dict"}
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        found = (
            f"entries {', '.join(map(str, list(state)[:6]))}" if isinstance(state, Mapping) else type(state).__name__
        )
        raise SegmenterError(
            f"{path} holds no state dict but {found}; expected tensors by name, bare or under 'state_dict'. "
            "If it is the checkpoint of a training run, save the network's state to a file of its own."
        )
    return Contents(dict(state), metadata, beside)


def _official(state: Mapping[str, Tensor], own: Mapping[str, Tensor], parts: Sequence[str]) -> dict[str, Tensor]:
    """Return a state under the keys of the network, without what is tolerated."""
    if state and all(key.startswith("module.") for key in state):
        state = {key.removeprefix("module."): value for key, value in state.items()}
    state = {key: value for key, value in state.items() if key.rpartition(".")[2] not in UNUSED}
    for part in parts:
        if not state.keys() & own.keys() and any(f"{part}.{key}" in own for key in state):
            return {f"{part}.{key}": value for key, value in state.items()}
    return state


def _differences(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> Iterator[str]:
    """Yield the keys that are missing, surplus, or of another shape."""
    for key in own.keys() | state.keys():
        if key not in state:
            if not key.endswith("num_batches_tracked"):
                yield key
        elif key not in own or own[key].shape != state[key].shape:
            yield key


def _describe(
    state: Mapping[str, Tensor], own: Mapping[str, Tensor], wrong: list[str], segmenter: Segmenter, arch: str
) -> str:
    """Say what a state is, what was expected, and what to do."""
    expected = segmenter.num_classes
    found = _classes(state, own, expected)
    if found is not None:
        create = "Name its own configuration" if arch.startswith(MMSEG) else f"Create it with num_classes={found}"
        return f"a state of {arch} for {found} classes, expected {expected}. {create}."
    for part in segmenter.parts:
        inside = {key for key in wrong if key.startswith(f"{part}.") and key not in state}
        if set(wrong) == inside and not any(key.startswith(f"{part}.") for key in state):
            return (
                f"no {part}. Name the folder of all files, or each file; one beside it is found if their names differ "
                f"in {part!r} alone."
            )
    for other in names():
        with torch.device("meta"):
            skeleton = build(other, 1, 1.0).state_dict()
        found = _classes(state, skeleton, 1)
        if found is not None:
            return f"a state of {other} for {found} classes. Create that segmenter instead."
    lacking = sorted(key for key in wrong if key not in state)
    surplus = sorted(key for key in wrong if key not in own)
    shapes = sorted(key for key in wrong if key in state and key in own)
    parts = [f"lacks {lacking[0]!r} ({len(lacking)} missing)"] if lacking else []
    parts += [f"has {surplus[0]!r} ({len(surplus)} too many)"] if surplus else []
    parts += [
        f"has {key!r} of shape {tuple(state[key].shape)}, expected {tuple(own[key].shape)} ({len(shapes)} such)"
        for key in shapes[:1]
    ]
    return f"a state of no known segmenter: it {'; '.join(parts)}. Check that the file is the one you mean."


def _classes(state: Mapping[str, Tensor], other: Mapping[str, Tensor], other_classes: int) -> int | None:
    """Return the number of classes of a state, if but for that it is laid out as another one, else None."""
    surplus = state.keys() - other.keys()
    missing = {key for key in other.keys() - state.keys() if not key.endswith("num_batches_tracked")}
    if surplus or missing:
        return None
    # The number of classes is the first dimension of the classifier's tensors; all others must agree.
    changed = [(state[key].shape, other[key].shape) for key in state if state[key].shape != other[key].shape]
    if any(len(a) != len(b) or not b or a[1:] != b[1:] or b[0] != other_classes for a, b in changed):
        return None
    counts = {a[0] for a, _ in changed} or {other_classes}
    return counts.pop() if len(counts) == 1 else None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
