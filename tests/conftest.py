"""What every test shares: one thread, and the place of the golden fixtures."""

import os
from pathlib import Path

import pytest

pytest_plugins = ("tests.browser",)

# Before torch is imported, and inherited by the processes that tests start. Networks this small lose more to waking
# threads than they gain, and sums are added up in the same order on every machine.
os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    """Folder of fixtures from the official implementations; without it, all tests that need it share one line."""
    from tests.golden._fixture import FOLDER

    if not FOLDER.is_dir():
        pytest.skip(f"{FOLDER} is not here: nothing was compared with the official networks (set SISBENCH_GOLDEN)")
    return FOLDER
