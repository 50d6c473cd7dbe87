"""What the families share: reading a fixture, and comparing tensors."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

Comparison = tuple[str, float, float]
"""Tensor, largest error, tolerance. A replay is good when every error is at most its tolerance."""

FOLDER = Path(os.environ.get("SISBENCH_GOLDEN") or Path(__file__).parents[3] / "shared" / "golden")
"""Where the fixtures are; they are not part of the repository."""


class UnreadableFixtureError(Exception):
    """The file is no fixture, or no family knows it."""


def read_metadata(path: Path) -> dict[str, str]:
    """Read a fixture's metadata; that of a JSON file are its top entries, as text."""
    if path.suffix == ".json":
        return {key: json.dumps(value) for key, value in read_json(path).items()}
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise UnreadableFixtureError(f"{path} cannot be read as a safetensors file: {error}") from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a fixture that is one JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableFixtureError(f"{path} cannot be read as a JSON file: {error}") from error
    if not isinstance(content, dict):
        raise UnreadableFixtureError(f"{path} holds a JSON {type(content).__name__}; a fixture is an object")
    return content


def read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read a fixture of the layout `state/`, `in/`, `out/`: its configuration and all tensors."""
    config = json.loads(read_metadata(path)["config"])
    with safe_open(path, framework="pt") as file:
        return config, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)


def section(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Tensors under a prefix, named without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def load(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Load the fixture's state strictly (half-precision values widen exactly)."""
    network.load_state_dict(section(tensors, "state/"), strict=True)


def compare(name: str, got: Tensor, expected: Tensor, atol: float, rtol: float = 0.0) -> Comparison:
    """Largest absolute error; the tolerance is atol + rtol * the largest expected value. Other shapes never agree."""
    if got.shape != expected.shape:
        return f"{name} (shape {tuple(got.shape)}, expected {tuple(expected.shape)})", float("inf"), atol
    error = (got.double() - expected.double()).abs().max().item()
    return name, error, atol + rtol * expected.double().abs().max().item()


def families() -> list[ModuleType]:
    """All modules of this folder that replay fixtures."""
    names = [m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_")]
    return [importlib.import_module(f"tests.golden.{name}") for name in names if not name.startswith("test_")]


def replay(path: Path) -> list[Comparison]:
    """Replay a fixture by the family that knows it.

    Raises:
        UnreadableFixtureError: The file cannot be read, or no family knows it.
    """
    metadata = read_metadata(path)
    for family in families():
        if family.handles(metadata):
            try:
                with torch.no_grad():
                    comparisons: list[Comparison] = family.replay(path)
                    return comparisons
            except (KeyError, SafetensorError, json.JSONDecodeError) as error:
                raise UnreadableFixtureError(f"{path} lacks what its family needs: {error!r}") from error
    raise UnreadableFixtureError(f"{path} is of no known family; its metadata has {sorted(metadata)}")


def config_of(metadata: dict[str, str]) -> dict[str, Any]:
    """The `config` entry of the metadata, or nothing."""
    try:
        config = json.loads(metadata.get("config", "{}"))
    except json.JSONDecodeError:
        return {}
    return config if isinstance(config, dict) else {}
