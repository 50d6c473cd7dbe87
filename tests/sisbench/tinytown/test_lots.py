"""Land is cut into lots without gaps or overlaps, and every kind of lot can be built anywhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sisbench.tinytown.bend import Bend
from sisbench.tinytown.categories import _lots
from sisbench.tinytown.categories._lots import WIDTHS, Land, Lot, builder, develop
from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Scene
from sisbench.tinytown.site import Site
from sisbench.tinytown.street import SIDES, Junction, Side, Street, Town
from sisbench.tinytown.weather import weather

STREET = Street((1, 1), right=Side(walk=2.0), left=Side(walk=3.0), junctions=(Junction(30.0, 4.0, (1,)),))


def town(name: str = "lots") -> Town:
    return Town(Site(Scene(Bend(1 / 250, 2.0)), weather(Key("w"))), Key(name), STREET)


@pytest.mark.parametrize("side", SIDES)
def test_lots_cover_a_side_and_leave_crossing_streets_out(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Lot] = []
    monkeypatch.setattr(_lots, "builder", lambda name: lambda town, key, lot: found.append(lot))
    develop(town(), side, Land({"block": 3.0, "house": 1.0, "bays": 1.0}), (-60.0, 120.0))
    assert len(found) >= 6 and {lot.side for lot in found} == {side}
    for lot, after in itertools.pairwise(found):
        assert lot.end <= after.start + 1e-9
    gap = 2 * STREET.junctions[0].reach if side > 0 else 0.0
    assert sum(lot.width for lot in found) > 180 - gap - 8.0
    if gap:
        assert all(lot.end <= 30 - gap / 2 + 1e-9 or lot.start >= 30 + gap / 2 - 1e-9 for lot in found)
    assert {lot.front for lot in found} == {STREET.edge(side)}


def test_places_on_a_lot_face_the_street() -> None:
    left = Lot(1, 0.0, 20.0, 8.0, 30.0, 0.1, Land({}))
    right = left._replace(side=-1)
    assert left.at(5.0, 3.0)[:3] == (5.0, 11.0, 0.0) and left.y(2.0) == (10.0, 38.0)
    assert right.at(5.0, 3.0)[:3] == pytest.approx((5.0, -11.0, np.pi)) and right.y(2.0, 4.0) == (-12.0, -10.0)


@pytest.mark.parametrize("name", WIDTHS)
def test_every_kind_of_lot_can_be_built(name: str) -> None:
    counts = []
    for start in (10.0, 100.0):
        here = town(name)
        lot = Lot(-1, start, start + sum(WIDTHS[name]) / 2, 6.0, 36.0, 0.1, Land({name: 1.0}, setback=(3.0, 6.0)))
        builder(name)(here, Key(name, "lot"), lot)
        layout = here.site.scene.build().layout
        counts.append(len(layout))
        assert layout[..., 1].max() < -5.0 + 3.5  # branches and awnings reach out, nothing stands on the road
        low = layout[layout[..., 2].max(1) < 1.0][..., 0]
        assert low.min(initial=lot.start) > lot.start - 8.0 and low.max(initial=lot.end) < lot.end + 8.0
    assert 0 < counts[1] <= counts[0] * 1.2 < 60_000


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(KeyError):
        builder("castle")
