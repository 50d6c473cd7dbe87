"""Where networks run, checked before the work begins."""

from __future__ import annotations

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
