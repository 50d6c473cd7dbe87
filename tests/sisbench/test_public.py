"""The package's public list."""

from __future__ import annotations

import importlib

import pytest

import sisbench


@pytest.mark.parametrize("name", sisbench.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(sisbench, name) is not None


def test_functions_stay_functions_when_their_modules_are_loaded() -> None:
    importlib.import_module("sisbench.pipeline")
    importlib.import_module("sisbench.scoring")
    assert callable(sisbench.evaluate)
    assert callable(sisbench.evaluate_samples)
    assert callable(sisbench.run)


def test_unknown_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'evaluat'"):
        _ = sisbench.evaluat  # type: ignore[attr-defined]
