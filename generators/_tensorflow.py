"""Checkpoints of TensorFlow 1: the variables' values in a file that needs no TensorFlow, and our names for them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from generators._errors import GeneratorError

EXPORTS = (".npz", ".safetensors")
"""Endings of files that hold arrays by name and nothing that could be executed."""

_ENTRIES = {
    "/weights": ".weight",
    "/biases": ".bias",
    "/LayerNorm/gamma": ".LayerNorm.weight",
    "/LayerNorm/beta": ".LayerNorm.bias",
}
_OPTIMISER = ("/Adam", "/Adam_1")


def read_export(path: Path) -> dict[str, Tensor]:
    """Read arrays by name from an `.npz` or `.safetensors` file.

    Raises:
        GeneratorError: The file is damaged, or it holds Python objects.
    """
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        if path.exists() and not zipfile.is_zipfile(path):
            raise ValueError("it is no zip archive")  # NumPy would take it for a pickle, and say how to load one
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            return {name: torch.from_numpy(np.ascontiguousarray(arrays[name])) for name in arrays.files}
    except FileNotFoundError as error:
        raise GeneratorError(f"the weights file {path} does not exist. Check the path.") from error
    except Exception as error:  # a damaged archive raises whatever its bytes happen to spell
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GeneratorError(
            f"{path} cannot be read as arrays by name ({reason}). It is damaged, or no {path.suffix} file; write it "
            "anew from the checkpoint (docs/weights.md says how)."
        ) from error


def translated(state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Return the variables of a TensorFlow checkpoint under the names and in the axis order of our networks.

    `SCOPE/weights` is `SCOPE.weight`, `SCOPE/biases` is `SCOPE.bias`, and a layer norm's gamma and beta are its weight
    and bias; a further `/` of a scope becomes a dot. Weights of convolutions turn from (height, width, in, out) to
    (out, in, height, width). What only the optimiser needs is left out.

    A state of torch has no `/` in its names and is returned as it is.
    """
    if not any("/" in name for name in state):
        return state
    found = {}
    for name, value in state.items():
        name = name.removesuffix(":0")
        if name.endswith(_OPTIMISER) or name in ("beta1_power", "beta2_power", "global_step"):
            continue
        for theirs, ours in _ENTRIES.items():
            if name.endswith(theirs):
                name = name.removesuffix(theirs) + ours
                break
        found[name.replace("/", ".")] = value.permute(3, 2, 0, 1).contiguous() if value.ndim == 4 else value
    return found
