"""Weights on disk: read, refuse what does not fit, digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from generators._errors import GeneratorError
from generators._tensorflow import EXPORTS, read_export

Layout = dict[str, tuple[int, ...]]


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a bare state dict; nothing but tensors is unpickled.

    A `module.` prefix, which data-parallel training leaves, is removed. Files of arrays (`.npz`, `.safetensors`), in
    which the variables of a TensorFlow checkpoint come, are read too.

    Raises:
        GeneratorError: The file is missing, damaged, or holds something else than a state dict.
    """
    try:
        exported = path.suffix in EXPORTS
        state = read_export(path) if exported else torch.load(path, map_location="cpu", weights_only=True)
    except GeneratorError:
        raise
    except FileNotFoundError as error:
        raise GeneratorError(f"the weights file {path} does not exist. Check the path.") from error
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to spell
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GeneratorError(
            f"{path} cannot be read as a file of tensors ({reason}). It is damaged, or no checkpoint of torch; "
            "copy or download it again."
        ) from error
    if (
        not isinstance(state, dict)
        or not state
        or not all(isinstance(key, str) and isinstance(value, Tensor) for key, value in state.items())
    ):
        raise GeneratorError(
            f"{path} holds no bare state dict (a mapping from names to tensors), which is what official checkpoints "
            "and 'sisbench train' write."
        )
    return {key.removeprefix("module."): value for key, value in state.items()}


def load_state(network: nn.Module, state: Mapping[str, Tensor], origin: str) -> None:
    """Load a state dict strictly; of files from before they existed, batch counters and `weight_v` may be missing.

    A network with a method `adapt_state` is asked first what it makes of the state.

    Args:
        network: Receives the tensors.
        state: Names to tensors.
        origin: Where the state comes from, for the message.

    Raises:
        GeneratorError: Names or shapes differ; the message says how, and what the state seems to be.
    """
    state = adapted(network, state)
    expected = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    found = {key: tuple(value.shape) for key, value in state.items()}
    missing = [k for k in expected if k not in found and not k.endswith("num_batches_tracked")]
    surplus = [k for k in found if k not in expected]
    shapes = [k for k in expected if k in found and expected[k] != found[k]]
    if missing or surplus or shapes:
        diagnosis = _diagnosis(network, expected, found, other_names=bool(missing or surplus))
        lines = [f"{origin} does not fit {type(network).__name__}: {diagnosis}"]
        lines += [f"  - {k}: has shape {found[k]}, expected {expected[k]}" for k in shapes[:5]]
        lines += [f"  - {k}: missing" for k in missing[:5]] + [f"  - {k}: not part of it" for k in surplus[:5]]
        total = len(missing) + len(surplus) + len(shapes)
        if total >= len(lines):
            lines.append(f"  - and {total - len(lines) + 1} more differences")
        raise GeneratorError("\n".join(lines))
    network.load_state_dict({**network.state_dict(), **state})


def adapted(network: nn.Module, state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Return a state as the network has it (see `Generator.adapt_state`); discriminators may have the method too."""
    adapt = getattr(network, "adapt_state", None)
    return with_right_vectors(adapt(state) if callable(adapt) else state)


def with_right_vectors(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Complete spectral norms from before torch 1.0, which kept the left vector u only, by a right vector v.

    Those files hold the divided weight as well. In evaluation a weight is `weight_orig` divided by u W v, so v is that
    multiple of W^T u which gives the weight of the file again; without one, the unit vector, which one step of power
    iteration would give. Training is indifferent: its first step replaces v by the unit vector.
    """
    completed = dict(state)
    for key, u in state.items():
        name = key.removesuffix("weight_u")
        original = state.get(f"{name}weight_orig")
        if name == key or original is None or f"{name}weight_v" in state or len(u) != len(original):
            continue
        right = original.flatten(1).double().T @ u.double()
        weight = completed.pop(f"{name}weight", None)
        sigma = right.norm() if weight is None else original.double().norm() / weight.double().norm()
        completed[f"{name}weight_v"] = (right * (sigma / right.square().sum())).to(u.dtype)
    return completed


def _diagnosis(network: nn.Module, expected: Layout, found: Layout, other_names: bool) -> str:
    """Say in words what kind of mismatch it is."""
    channels = getattr(network, "input_channels", None)
    for key, shape in expected.items():
        other = found.get(key, ())
        if len(shape) == len(other) == 4 and shape[1] == channels != other[1] and other[0] == shape[0]:
            beside = channels - getattr(network, "cond_channels", channels)  # noise, which no data set has a part in
            return (
                f"it was made for {other[1] - beside} condition channels, this network for {channels - beside}. "
                "Choose the data set that it was trained on."
            )
    if {key.partition(".")[0] for key in expected} != {key.partition(".")[0] for key in found}:
        return "it is the state of another method or variant: its parts have other names."
    if other_names:
        return "it is a variant of this method with other layers."
    return "its widths differ. Choose the recipe that it was trained with."


def state_digest(state: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and values, whatever file they stand in."""
    digest = hashlib.sha256()
    for key in sorted(state):
        value = state[key].detach().cpu().contiguous()
        digest.update(f"{key}|{value.dtype}|{tuple(value.shape)}|".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()
