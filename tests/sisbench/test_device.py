from __future__ import annotations

import platform
from pathlib import Path

import pytest
import torch

from sisbench import _device
from sisbench._device import model_name, usable
from sisbench.errors import InputError


def test_devices_by_name_or_as_they_are() -> None:
    assert usable("cpu") == usable(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:999"])
def test_a_device_that_is_not_there(name: str) -> None:
    with pytest.raises(InputError, match=f"the device '{name}' was asked for, which torch cannot use"):
        usable(name)


@pytest.mark.parametrize(
    ("cpuinfo", "processor", "expected"),
    [
        ("processor\t: 0\nmodel\t: 1\nmodel name\t: AMD EPYC: 7763\n\nmodel name\t: other\n", "x", "AMD EPYC: 7763"),
        ("processor\t: 0\nBogoMIPS\t: 50.00\n", "Cortex-X1", "Cortex-X1"),
        ("model name\t:\n", "Cortex-X1", None),
        (None, "Intel64 Family 6", "Intel64 Family 6"),
        (None, "x86_64", None),
        (None, "", None),
    ],
)
def test_the_model_of_a_processor(
    cpuinfo: str | None, processor: str, expected: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "processor", lambda: processor)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    path = tmp_path / "cpuinfo"
    if cpuinfo is not None:
        path.write_text(cpuinfo)
    assert _device._processor(path) == expected


def test_each_device_tells_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU {device.index}")
    monkeypatch.setattr(_device, "_processor", lambda: "CPU")
    assert model_name(torch.device("cuda:1")) == "GPU 1"
    assert model_name(torch.device("cpu")) == "CPU"
    assert model_name(torch.device("meta")) is None
