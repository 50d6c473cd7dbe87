"""Where the ray tracer is not installed, tests that come to need it are skipped, and say so."""

from __future__ import annotations

from collections.abc import Generator

import pytest

EXTRA = ("embreex", "trimesh")


def _skipping() -> Generator[None]:
    try:
        return (yield)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        pytest.skip(f"{error.name} is not installed: pip install 'sisbench[render]'")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Look after fixtures."""
    return (yield from _skipping())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Look after the test itself."""
    return (yield from _skipping())
