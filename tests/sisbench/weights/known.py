"""Two files of weights that stand in for published ones, which are not part of the project."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from pathlib import Path

import pytest
import torch

from sisbench import weights
from sisbench.weights import _registry

PREFIXED = "inception-2015-12-05"
"""Its file is CONTENT: the first digits of its digest are published."""

PINNED = "alexnet-places365"
"""No digest is published; any state will do."""


def state(value: float = 0.0) -> bytes:
    """A file of weights."""
    stream = io.BytesIO()
    torch.save({"epoch": 3, "state_dict": {"features.module.0.weight": torch.full((64, 32), value)}}, stream)
    return stream.getvalue()


CONTENT = state()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def publish(monkeypatch: pytest.MonkeyPatch, name: str, **facts: object) -> weights.Weight:
    """Change what is known of a file."""
    changed: weights.Weight = dataclasses.replace(weights.get(name), **facts)  # type: ignore[arg-type]
    monkeypatch.setitem(_registry._WEIGHTS, name, changed)
    return changed


def publish_both(monkeypatch: pytest.MonkeyPatch, host: str = "https://host.invalid") -> None:
    publish(monkeypatch, PREFIXED, filename="net.pth", url=f"{host}/net.pth", sha256=digest(CONTENT)[:8])
    publish(monkeypatch, PINNED, filename="places.pth.tar", url=f"{host}/places.pth.tar")


def visible(folder: Path) -> list[str]:
    """Names of the files in a folder, without the hidden ones."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
