"""Where the leaderboards lie: in the source tree, or beside the installed package."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def leaderboards() -> Path:
    """Return the folder of published numbers, definitions and promoted records."""
    spec = importlib.util.find_spec("leaderboards")
    assert spec is not None, "leaderboards is part of every installation"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])
