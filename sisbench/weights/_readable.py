"""Whether a file holds tensors, found out without running anything that it contains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sisbench.errors import InputError


def assert_readable(path: Path, source: Path | str, suffix: str) -> None:
    """Read a file as weights.

    Args:
        path: The file, under any name.
        source: What it is called in the message.
        suffix: Ending of the name that it is to have: ".safetensors", ".mat" (MATLAB), or any of `torch.save`.

    Raises:
        InputError: It is damaged, of another format, or holds more than tensors and plain values.
    """
    try:
        if suffix == ".safetensors":
            from safetensors import safe_open

            with safe_open(path, framework="pt") as stream:
                count = sum(1 for key in stream.keys() if stream.get_tensor(key) is not None)  # noqa: SIM118 (no dict)
        elif suffix == ".mat":
            from scipy.io import whosmat

            with path.open("rb") as stream:
                count = len(whosmat(stream))
        else:
            import torch

            count = sum(1 for _ in _tensors(torch.load(path, map_location="cpu", weights_only=True)))
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to spell
        written = {".safetensors": "safetensors", ".mat": "MATLAB"}.get(suffix, "torch.save")
        raise InputError(
            f"{source} cannot be read as weights ({type(error).__name__}): it is damaged, cut off, or holds more than "
            f"tensors; expected a state written by {written}. Get the file again."
        ) from error
    if not count:
        raise InputError(
            f"{source} holds no tensor; expected a state by names. Check that the file is the one you mean."
        )


def _tensors(value: object) -> Iterator[object]:
    """Yield the tensors in nested dictionaries, lists and tuples."""
    import torch

    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _tensors(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _tensors(entry)
