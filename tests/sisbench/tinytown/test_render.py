"""Rendering: maps are exact, photos follow the light, and nothing depends on what else is rendered."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sisbench.tinytown.cameras import Camera
from sisbench.tinytown.keys import Key
from sisbench.tinytown.kinds import NUMBERS
from sisbench.tinytown.render import Frame, render
from sisbench.tinytown.scene import Mesh, Place, Scene
from sisbench.tinytown.shading.point import Air
from sisbench.tinytown.weather import Light

LIGHT = Light(
    sun=(0.0, 0.6, 0.8), sun_color=(1.0, 1.0, 1.0), sun_power=2.5, softness=0.0, ambient=(0.5, 0.5, 0.5),
    bounce=(0.2, 0.2, 0.2), horizon=(0.8, 0.8, 0.9), zenith=(0.2, 0.3, 0.7), glow=0.0, cloud=0.0,
    cloud_color=(1.0, 1.0, 1.0), fog=0.0, fog_color=(0.8, 0.8, 0.9), dark=0.0, lit=0.1, exposure=0.6,
    balance=(1.0, 1.0, 1.0), grain=0.0, seed=5,
)  # fmt: skip
AIR = Air(wet=0.0, snow=0.0, dark=0.0, lit=0.1, autumn=0.0, seed=5)
DOWN = Camera("aerial", (0.0, 0.0, 40.0), 0.0, math.pi / 2, 0.0, math.radians(60))


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    scene = Scene()
    scene.course("grass", Key("g")).part("plain", (0.3, 0.3, 0.3)).sheet((-80, 80), (-80, 80), 0.0)
    scene.body("house", Place(0, 0), Key("h")).part("plain", (0.3, 0.3, 0.3)).box((0, 0, 3), (8, 8, 6))
    return scene.build()


@pytest.fixture(scope="module")
def frame(mesh: Mesh) -> Frame:
    return render(mesh, LIGHT, AIR, DOWN, 64, 64, seed=1)


def test_maps_are_those_of_the_pixel_centres(frame: Frame) -> None:
    # 40 m high with 60 degrees: the roof, 34 m below, spans 8 / (2 * 34 * tan 30) of the image: 13.04 pixels of 64.
    roof = frame.kind == NUMBERS["house"]
    assert roof.any(0).sum() == roof.any(1).sum() == 14  # seven centres lie within 6.52 of the middle, on either side
    assert roof.sum() == 14 * 14
    assert set(np.unique(frame.instance).tolist()) == {1, 2}
    assert frame.photo.shape == (64, 64, 3) and frame.photo.dtype == np.uint8


def test_the_shadow_falls_away_from_the_sun(frame: Frame) -> None:
    # The sun stands over +y, which is left in the image; the shadow is to the right of the house.
    middle = frame.photo[30:34].mean((0, 2))
    assert middle[42] < 0.75 * middle[20]


def test_the_same_view_gives_the_same_bits(mesh: Mesh, frame: Frame) -> None:
    again = render(mesh, LIGHT, AIR, DOWN, 64, 64, seed=1)
    np.testing.assert_array_equal(frame.photo, again.photo)
    np.testing.assert_array_equal(frame.kind, again.kind)
    np.testing.assert_array_equal(frame.instance, again.instance)


def test_the_sky_is_kind_and_instance_zero(mesh: Mesh) -> None:
    level = Camera("ground", (-30.0, 20.0, 2.0), 0.0, -0.3, 0.0, math.radians(60))
    seen = render(mesh, LIGHT, AIR, level, 32, 64, seed=1)
    assert (seen.kind[0] == 0).all() and (seen.instance[0] == 0).all()
    assert seen.photo[0, :, 2].mean() > seen.photo[0, :, 0].mean()  # blue


def test_fog_takes_the_contrast(mesh: Mesh, frame: Frame) -> None:
    thick = render(mesh, LIGHT._replace(fog=0.5), AIR, DOWN, 64, 64, seed=1)
    assert thick.photo.std() < 0.6 * frame.photo.std()
    np.testing.assert_array_equal(thick.kind, frame.kind)


def test_edges_are_smoothed_and_planes_are_not(frame: Frame) -> None:
    grey = frame.photo.astype(int).mean(-1)
    row = grey[32]
    jump = np.abs(np.diff(row)).max()
    assert jump < np.ptp(row)  # the roof's edge has a value in between
    assert np.ptp(grey[:10, :10]) <= 6  # even ground, lit evenly, darkening only towards the corner
