"""Weights on disk: read, refuse what does not fit, digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from generators._errors import GeneratorError
from generators._tensorflow import EXPORTS, read_export

Layout = dict[str, tuple[int, ...]]


_ONE_OF_SEVERAL = re.compile(r"(?P<epoch>.+)_net_(?P<part>G\w*)\.pth")
"""A file that an official code writes for one network; a generator of several networks is several files."""


def weights_files(path: Path) -> dict[str, Path]:
    """Return the files of a generator, by network; one file by the empty name if it is all there is.

    Codes with several networks in a generator write `<epoch>_net_<network>.pth` for each. A folder stands for all files
    of its one epoch, or of its "latest"; such a file for itself and those of its epoch beside it.

    Args:
        path: A file, or a folder of such files.

    Raises:
        GeneratorError: The folder has no such files, or those of several epochs; or nothing is there.
    """
    if not path.exists():
        raise GeneratorError(f"the weights file {path} does not exist. Check the path.")
    here = path if path.is_dir() else path.parent
    named = _ONE_OF_SEVERAL.fullmatch(path.name)
    if not path.is_dir() and named is None:
        return {"": path}
    matches = [match for file in sorted(here.iterdir()) if (match := _ONE_OF_SEVERAL.fullmatch(file.name))]
    epochs = sorted({match["epoch"] for match in matches})
    if not epochs:
        raise GeneratorError(
            f"the folder {path} holds no files of weights as official codes name them, EPOCH_net_G.pth or the like. "
            "Give a file, or the folder of the checkpoint."
        )
    epoch = named["epoch"] if named and not path.is_dir() else epochs[0] if len(epochs) == 1 else "latest"
    if epoch not in epochs:
        raise GeneratorError(
            f"the folder {path} holds files of several epochs ({', '.join(epochs)}). Name one of those that you want, "
            f"such as {here / next(match.string for match in matches if match['epoch'] == epochs[-1])}; the others of "
            "its epoch are found beside it."
        )
    files = {match["part"]: here / match.string for match in matches if match["epoch"] == epoch}
    return files if len(files) > 1 else {"": next(iter(files.values()))}


def weights_digest(path: Path) -> str:
    """SHA-256 of a file of weights, or over the names and contents of the several that `weights_files` finds.

    Raises:
        GeneratorError: See `weights_files`.
    """
    digests = {}
    for part, file in weights_files(path).items():
        with file.open("rb") as stream:
            digests[part] = hashlib.file_digest(stream, "sha256").hexdigest()
    if list(digests) == [""]:
        return digests[""]
    return hashlib.sha256("".join(f"{part} {digests[part]}\n" for part in sorted(digests)).encode()).hexdigest()


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a bare state dict; nothing but tensors is unpickled.

    A `module.` prefix, which data-parallel training leaves, is removed. Files of arrays (`.npz`, `.safetensors`), in
    which the variables of a TensorFlow checkpoint come, are read too. Where a generator's weights are several files
    (see `weights_files`), names begin with the network's: "Gi.model.down.0.weight".

    Raises:
        GeneratorError: The file is missing, damaged, or holds something else than a state dict.
    """
    files = weights_files(path)
    return {
        f"{part}.{key}" if part else key: value for part, file in files.items() for key, value in _read(file).items()
    }


def write_official(network: nn.Module, folder: Path, epoch: str = "latest") -> list[Path]:
    """Write a generator's weights as its official code does: `<epoch>_net_<network>.pth`, one for every network.

    Args:
        network: A generator; one of several networks has a method `official_state`, which says what each file holds.
        folder: Where to; it is made.
        epoch: Epoch in the names of the files.

    Returns:
        The files.
    """
    of_parts = getattr(network, "official_state", None)
    states: Mapping[str, Mapping[str, Tensor]] = of_parts() if callable(of_parts) else {"G": network.state_dict()}
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for part, state in states.items():
        path = folder / f"{epoch}_net_{part}.pth"
        temporary = path.with_name(f".{path.name}.part")
        torch.save({key: value.cpu() for key, value in state.items()}, temporary)
        files.append(temporary.replace(path))
    return files


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".t7":
        raise GeneratorError(
            f"{path} is a serialised graph of Torch7, whose parameters have no names; such files are not read. Train "
            "the method, or save its tensors with torch under the names that they have here (docs/pix2pix.md)."
        )
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
            if getattr(network, "crossview", False):
                return (
                    f"its network sees {other[1]} channels of photos and colour maps, this network {channels}. Choose "
                    "the method that it was trained with."
                )
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
