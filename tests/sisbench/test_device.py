from __future__ import annotations

import pytest
import torch

from sisbench._device import usable
from sisbench.errors import InputError


def test_devices_by_name_or_as_they_are() -> None:
    assert usable("cpu") == usable(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:999"])
def test_a_device_that_is_not_there(name: str) -> None:
    with pytest.raises(InputError, match=f"the device '{name}' was asked for, which torch cannot use"):
        usable(name)
