"""Import mmsegmentation beside mmcv-lite.

mmcv-lite is mmcv without its compiled operators, which take the better part of an hour to build. mmsegmentation imports
their module all the same, though most of its models use none of them: a stand-in lets the import pass, and names the
operator where one is called after all. The real module is tried first, since the full mmcv has it.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from types import ModuleType

from segmenters._errors import SegmenterError
from segmenters._torchvision import ensure_torchvision


class _MissingOperators(ModuleType):
    """Stands in for `mmcv._ext`: every operator is there, and says that it is not when it is called."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)

        def missing(*_: object, **__: object) -> None:
            raise SegmenterError(
                f"this model calls the compiled operator {name!r}, which mmcv-lite does not have. "
                "Install the full mmcv in its place, or use a model without it."
            )

        return missing


def ensure_mmseg() -> ModuleType:
    """Import mmsegmentation with all its models and data sets, and return it.

    Raises:
        SegmenterError: It, or a package that it needs, is not installed.
    """
    ensure_torchvision()  # timm, which it imports, wants it
    try:
        try:
            importlib.import_module("mmcv._ext")
        except ModuleNotFoundError as error:
            if error.name != "mmcv._ext":
                raise
            sys.modules["mmcv._ext"] = _MissingOperators("mmcv._ext")
        with warnings.catch_warnings():  # about what these libraries themselves use of torch and Python
            warnings.simplefilter("ignore")
            for module in ("models", "datasets", "structures"):
                importlib.import_module(f"mmseg.{module}")
    except ModuleNotFoundError as error:
        raise SegmenterError(
            f"mmsegmentation cannot be imported: the package {error.name!r} is not installed. "
            "Install what it needs with pip install 'sisbench[mmseg]'."
        ) from error
    return sys.modules["mmseg"]
