"""Files of weights: found, verified, read without running code, and loaded strictly.

A state is tolerated with a `module.` prefix (saved from a data-parallel wrapper) and without `num_batches_tracked`
(written before PyTorch 0.4.1); nothing else is. What does not fit is named as what it is: a state for another number of
classes, of another architecture, of a whole training run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from segmenters._base import Loaded, Segmenter
from segmenters._errors import SegmenterError, WeightsMissing
from segmenters._registry import Weights, build, names

SHIPPED = Path(__file__).parent / "weights"
"""Weights that are part of the package."""

CACHE = Path(".cache") / "sisbench" / "weights"
"""Where users keep published files, below their home folder."""


def find_file(arch: str, known: Weights) -> Path:
    """Return the path of known weights.

    Looks into the package for shipped files, else into the folder `$SISBENCH_WEIGHTS` and `~/.cache/sisbench/weights`.

    Raises:
        WeightsMissing: The file is in none of them.
    """
    given = os.environ.get("SISBENCH_WEIGHTS")
    folders = [SHIPPED] if known.shipped else [*([Path(given)] if given else []), Path.home() / CACHE]
    for folder in folders:
        if (folder / known.file).is_file():
            return folder / known.file
    if known.shipped:
        reason = f"{SHIPPED / known.file}, a file of the package, is gone. Install the package again."
    else:
        first = f"$SISBENCH_WEIGHTS ({given or 'not set'})"
        reason = (
            f"the published file {known.file} is neither in {first} nor in ~/{CACHE.as_posix()}. "
            f"Get it from {known.origin} and put it there, or pass its path as the segmenter's weights."
        )
    raise WeightsMissing(f"{arch}.{known.tag}", reason)


def load(segmenter: Segmenter, path: Path, sha256: str | None = None) -> None:
    """Fill a segmenter from a file, all or nothing, and note the file in `segmenter.loaded`.

    Args:
        segmenter: The network to fill; untouched if an error is raised.
        path: A bare state dict: `.safetensors`, else the format of `torch.save`.
        sha256: Digest the file must have, in hexadecimal.

    Raises:
        SegmenterError: The file is missing, damaged, another file than expected, or holds another state.
    """
    if not path.is_file():
        raise SegmenterError(f"weights were looked for in {path}, which is not a file. Check the path.")
    digest = _sha256(path)
    if sha256 is not None and digest != sha256:
        raise SegmenterError(
            f"{path} is not the expected file: its SHA-256 is {digest}, expected {sha256}. "
            "It was damaged or replaced; fetch it again, or pass it explicitly as a file of your own."
        )
    state, metadata = _read(path)
    if state and all(key.startswith("module.") for key in state):
        state = {key.removeprefix("module."): value for key, value in state.items()}
    own = segmenter.state_dict()
    wrong = list(_differences(state, own))
    if wrong:
        raise SegmenterError(f"{path} does not fit this segmenter: it holds {_describe(state, own, wrong)}")
    # A NaN or an infinity survives every sum, so one number per tensor tells.
    bad = [key for key, value in state.items() if value.is_floating_point() and not value.double().sum().isfinite()]
    if bad:
        raise SegmenterError(f"{path} is damaged: {bad[0]} holds values that are not finite. Fetch the file again.")
    segmenter.load_state_dict({**own, **state})
    segmenter.loaded = Loaded(path, digest, metadata)


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read tensors by name and text metadata of a file; nothing that it contains is executed."""
    metadata: dict[str, str] = {}
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as stream:
                metadata = dict(stream.metadata() or {})
                state = {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118 (it is no dict)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to spell
        raise SegmenterError(
            f"{path} cannot be read as weights ({type(error).__name__}): it is damaged, cut off, or holds more than "
            "tensors; expected a state dict written by torch.save or safetensors. Fetch it again."
        ) from error
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        held = f"entries {', '.join(map(str, list(state)[:6]))}" if isinstance(state, Mapping) else type(state).__name__
        raise SegmenterError(
            f"{path} holds no bare state dict but {held}; expected tensors by name. "
            "If it is the checkpoint of a training run, save its 'state_dict' entry to a file of its own."
        )
    return dict(state), metadata


def _differences(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> Iterator[str]:
    """Yield the keys that are missing, surplus, or of another shape."""
    for key in own.keys() | state.keys():
        if key not in state:
            if not key.endswith("num_batches_tracked"):
                yield key
        elif key not in own or own[key].shape != state[key].shape:
            yield key


def _describe(state: Mapping[str, Tensor], own: Mapping[str, Tensor], wrong: list[str]) -> str:
    """Say what a state is, what was expected, and what to do."""
    for arch in names():
        with torch.device("meta"):
            skeleton = build(arch, 1, 1.0).state_dict()
        found, expected = _classes(state, skeleton), _classes(own, skeleton)
        if found is not None and expected is not None:
            return f"a state of {arch} for {found} classes, expected {expected}. Create it with num_classes={found}."
        if found is not None:
            return f"a state of {arch} for {found} classes. Create that segmenter instead."
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


def _classes(state: Mapping[str, Tensor], skeleton: Mapping[str, Tensor]) -> int | None:
    """Return the number of classes of a state, if its architecture is that of a skeleton (built for one), else None."""
    surplus = state.keys() - skeleton.keys()
    missing = {key for key in skeleton.keys() - state.keys() if not key.endswith("num_batches_tracked")}
    if surplus or missing:
        return None
    # The number of classes is the first dimension of the classifier's tensors; all others must agree.
    changed = [(state[key].shape, skeleton[key].shape) for key in state if state[key].shape != skeleton[key].shape]
    if any(len(got) != len(one) or not one or got[1:] != one[1:] or one[0] != 1 for got, one in changed):
        return None
    counts = {got[0] for got, _ in changed} or {1}
    return counts.pop() if len(counts) == 1 else None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
