"""Import torchvision beside a CPU build of torch.

The torchvision wheel of the package registry is a CUDA build. Beside a CPU torch its compiled library does not load,
and the import stops at two operators that nobody here uses: `operator torchvision::nms does not exist`. Declaring them
lets the Python part load: models, transforms and ops that have a Python fallback. The real import is tried first, since
a working CUDA build declares the operators itself.
"""

from __future__ import annotations

import sys
from types import ModuleType

import torch

_library: torch.library.Library | None = None  # the declarations live as long as this object


def ensure_torchvision() -> ModuleType:
    """Import torchvision, declaring the operators that a CPU torch lacks, and return it."""
    global _library
    try:
        import torchvision
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        for name in [m for m in sys.modules if m.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        _library = torch.library.Library("torchvision", "FRAGMENT")
        for operator in ("nms", "qnms"):
            _library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
    return torchvision  # type: ignore[no-any-return]
