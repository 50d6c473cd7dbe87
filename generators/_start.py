"""A training that starts from another one: coarse to fine, or a further training of the same network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from generators._base import Generator, Objective
from generators._errors import GeneratorError
from generators._training import DISCRIMINATOR, ENCODER, WEIGHTS
from generators._weights import adapted, load_state, read_state


def start_from(path: Path, generator: Generator, objective: Objective, required: tuple[str, ...]) -> None:
    """Take over the weights of another training, by name.

    What the networks have in common is taken; parts of the other that these lack (the head of a coarse generator) are
    left out, parts that it lacks keep their fresh weights.

    Args:
        path: Folder of a run, whose discriminator and encoder are taken over too; or a file of a generator's weights,
            official ones included.
        generator: Receives weights.
        objective: Its discriminator and encoder receive weights.
        required: Prefixes of the generator's entries that must come from there; empty requires all of them.

    Raises:
        GeneratorError: Nothing is there, required entries are missing, or shapes differ.
    """
    files = _files(path)
    _take(generator, files[WEIGHTS], required or ("",))
    for name, network in ((DISCRIMINATOR, objective.discriminator_module()), (ENCODER, objective.encoder())):
        if network is not None and name in files:
            try:
                _take(network, files[name], ())
            except GeneratorError as error:
                raise GeneratorError(
                    f"{error}\nTo begin with a fresh one, give {files[WEIGHTS]} as the start and not its folder."
                ) from error


def start_digest(path: Path) -> str:
    """SHA-256 over the contents of what `start_from` would take over.

    Raises:
        GeneratorError: Nothing is there.
    """
    digest = hashlib.sha256()
    for name, file in sorted(_files(path).items()):
        with file.open("rb") as stream:
            digest.update(f"{name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _files(path: Path) -> dict[str, Path]:
    if path.is_file():
        return {WEIGHTS: path}
    found = {name: path / name for name in (WEIGHTS, DISCRIMINATOR, ENCODER) if (path / name).is_file()}
    if WEIGHTS not in found:
        what = f"the folder {path} holds no {WEIGHTS}" if path.is_dir() else f"{path} does not exist"
        raise GeneratorError(
            f"{what}, from which the training is to start. Give the folder of a finished run ('sisbench train'), or a "
            "file of weights."
        )
    return found


def _take(network: nn.Module, file: Path, required: tuple[str, ...]) -> None:
    own: Mapping[str, Tensor] = network.state_dict()
    state = adapted(network, read_state(file))
    taken = {key: value for key, value in state.items() if key in own}
    missing = [key for key in own if key.startswith(required) and key not in taken]
    if missing or not taken:
        rest = f"; {missing[0]} and {len(missing) - 1} more are missing" if missing else ""
        raise GeneratorError(
            f"{file} cannot be the start of this {type(network).__name__}: it has {len(taken)} of its {len(own)} "
            f"entries{rest}. Give the run of the recipe that this one goes on from."
        )
    load_state(network, {**own, **taken}, str(file))
