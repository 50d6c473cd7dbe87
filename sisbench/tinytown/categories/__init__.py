"""What makes a street a boulevard, a highway, a park road: one module per scene category.

A module has

- `plan(key)`: the street's cross-section and what crosses it, a `Street`;
- `fill(town)`: everything that stands, drives and walks there;
- `BEND`: the largest curvature (1 / metres) and rise (metres) of its streets;
- `BASES`: what the ground to the horizon may be (see `ground.land`).

Modules whose names begin with "_" hold what categories share: `_sections` plans strips beside lanes; `_lots` cuts land
into lots, which `_blocks`, `_homes`, `_yards`, `_green`, `_squares` and `_car_parks` fill; `_fronts` closes them;
`_roadside` is for what stands at the kerb, `_backdrop` for the horizon.
"""

from __future__ import annotations

import pkgutil

CATEGORIES = tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")))
"""Names of all categories, sorted."""
