"""Plans of streets, and ground that is taken."""

from __future__ import annotations

import pytest

from sisbench.tinytown.bend import Bend
from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Scene
from sisbench.tinytown.site import Site
from sisbench.tinytown.street import PAVEMENT, Claims, Junction, Side, Street, Town, between
from sisbench.tinytown.weather import weather

STREET = Street(
    lanes=(2, 1),
    width=3.0,
    median=2.0,
    middle="grass",
    right=Side(cycle=1.5, parking=2.0, verge=1.0, walk=3.0),
    left=Side(shoulder=0.8, curb=False),
    own=1,
    junctions=(Junction(40.0, 4.0, (-1,), walk=2.0),),
    zebras=(15.0,),
)


def test_a_cross_section_adds_up() -> None:
    assert STREET.lane(-1, 0) == -2.5 and STREET.lane(-1, 1) == -5.5 and STREET.lane(1, 0) == 2.5
    assert STREET.drive(-1) == 7.0 and STREET.parking(-1) == 8.5 and STREET.half(-1) == 10.5
    assert STREET.walk(-1) == pytest.approx((11.7, 14.7))
    assert STREET.edge(-1) == pytest.approx(14.7) and STREET.edge(1) == pytest.approx(4.8)
    assert STREET.eye == -5.5


@pytest.mark.parametrize(
    ("x", "y", "height"),
    [
        (0, -5, 0.0),
        (0, -13, PAVEMENT),
        (0, -30, PAVEMENT - 0.03),
        (0, 4.5, 0.0),
        (0, 20, -0.02),
        (40, -13, 0.0),
        (40, -80, 0.0),
    ],
)
def test_the_height_of_the_ground(x: float, y: float, height: float) -> None:
    assert STREET.level(x, y) == pytest.approx(height)


def test_crossings_of_junctions_lie_before_and_behind_them() -> None:
    assert STREET.crossings() == pytest.approx([15.0, 33.4, 46.6])


def test_stretches_leave_crossing_streets_out_on_their_side_alone() -> None:
    assert STREET.stretches(-1, 0.0, 100.0) == [(0.0, 34.0), (46.0, 100.0)]
    assert STREET.stretches(1, 0.0, 100.0) == [(0.0, 100.0)]
    assert not STREET.open_at(40.0, -1) and STREET.open_at(60.0, -1) and not STREET.open_at(15.5, 1)


def test_between_gaps() -> None:
    assert between(0, 10, [(5, 1), (5.5, 2)]) == [(0, 4), (7.5, 10)]
    assert between(0, 10, [(0, 3), (20, 5)]) == [(3, 10)]
    assert between(0, 10, [(5, 50)]) == []


def test_nothing_is_taken_twice() -> None:
    claims = Claims()
    assert claims.take(0, 0, 40, 2)
    assert not claims.take(19, 0.5, 4, 2)  # far from the first one's middle, in another cell
    assert claims.take(19, 2.5, 4, 2.9)
    assert claims.take(22.1, 0, 4, 2)


def test_the_surroundings_of_the_camera_are_taken_from_the_start() -> None:
    town = Town(Site(Scene(Bend()), weather(Key("w"))), Key("town"), STREET)
    assert not town.claims.take(8.0, STREET.eye + 2.0, 0.5, 0.5)
    assert town.claims.take(9.5, STREET.eye, 0.5, 0.5)


def test_places_along_a_street_are_clear_of_crossings() -> None:
    town = Town(Site(Scene(Bend()), weather(Key("w"))), Key("town"), STREET)
    at = [x for x, _ in town.spread("things", -1, 3.0, (-50.0, 120.0))]
    assert len(at) > 30 and all(STREET.open_at(x, -1, 1.0) for x in at)
    assert at == [x for x, _ in town.spread("things", -1, 3.0, (-50.0, 120.0))]
    assert at != [x for x, _ in town.spread("others", -1, 3.0, (-50.0, 120.0))]
