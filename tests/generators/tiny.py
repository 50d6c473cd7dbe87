"""Small networks and inputs for tests of the zoo: every method in every recipe, at the recipe's own label space."""

from __future__ import annotations

from typing import Any

import generators
from sisbench.contracts import _method_cases
from sisbench.contracts._method_cases import LABELS as LABELS
from sisbench.contracts._method_cases import SIZE as SIZE
from sisbench.contracts._method_cases import SMALL as SMALL
from sisbench.contracts._method_cases import Case as Case
from sisbench.contracts._method_cases import random_cond as random_cond
from sisbench.contracts._method_cases import random_image as random_image

VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {"spade": ({"z_dim": 8},)}
"""Options of a method that no recipe chooses."""


def cases() -> list[Case]:
    """Every method in every recipe, and the variants that no recipe chooses."""
    methods = generators.names()
    by_recipe = [case for method in methods for case in _method_cases.cases(method)]
    return by_recipe + [Case(method, "quick", options) for method in methods for options in VARIANTS.get(method, ())]
