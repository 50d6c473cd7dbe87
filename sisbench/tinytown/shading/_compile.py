"""Compilation of the shading functions, kept on disk.

numba's cache looks at the file of a function alone, not at the functions that it calls from other files. The entry
points here are therefore kept in a folder named after the sources of all of them, and of the numbers and tuples that
are compiled in.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def shader(function: Function) -> Function:
    """Decorate a function that entry points call: compiled with them."""
    return numba.njit(error_model="numpy")(function)  # type: ignore[no-any-return]


def _cache_folder() -> Path:
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for source in (*sorted(here.glob("*.py")), here.parent / "materials.py", here.parent / "weather.py"):
        digest.update(source.read_bytes())
    base = os.environ.get("SISBENCH_CACHE") or Path.home() / ".cache" / "sisbench"
    return Path(base) / "shading" / digest.hexdigest()[:16]


def entry(function: Function) -> Function:
    """Decorate an entry point: compiled at its first call, loaded from disk later."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_cache_folder())
    try:
        return numba.njit(error_model="numpy", cache=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # no place to write: compile in every process
        return numba.njit(error_model="numpy")(function)  # type: ignore[no-any-return]
    finally:
        numba.config.CACHE_DIR = before
