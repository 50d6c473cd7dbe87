"""Where networks run, checked before the work begins."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from sisbench.errors import InputError


def usable(name: torch.device | str) -> torch.device:
    """Return a device that this machine has.

    >>> usable("cpu")
    device(type='cpu')

    Raises:
        InputError: No device has this name, or torch cannot use it here.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # torch raises each of them for some device
        raise InputError(
            f"the device {str(name)!r} was asked for, which torch cannot use on this machine "
            f"({str(error).splitlines()[0]}). Choose 'cpu', or install a build of torch for the device."
        ) from error
    return device


def model_name(device: torch.device) -> str | None:
    """Return what a device calls itself ("NVIDIA H200", "AMD EPYC 7763 64-Core Processor"); None where nothing tells.

    Args:
        device: One that this machine has.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return _processor() if device.type == "cpu" else None


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str | None:
    """Model of the first processor, as Linux tells it, else as Python does."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []  # not Linux
    entries = (line.partition(":") for line in lines)
    told = next((value.strip() for name, _, value in entries if name.strip() == "model name"), platform.processor())
    return told if told not in ("", platform.machine()) else None  # the architecture alone is no model
