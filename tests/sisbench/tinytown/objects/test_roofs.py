"""Roofs cover their walls without a gap, whatever their form."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import roofs, rooftops
from sisbench.tinytown.scene import Place
from sisbench.tinytown.site import Site
from tests.sisbench.tinytown.objects.laid import build

X, Y = (-5.0, 5.0), (-4.0, 4.0)


def covered(surface: shapes.Surface) -> float:
    """Area of the ground below a surface, m2, where no two of its triangles lie above each other."""
    a, b = (surface[0][:, k, :2] - surface[0][:, 0, :2] for k in (1, 2))
    return float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / 2)


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("cut", [0.0, 0.4, 1.0])
def test_planes_cover_the_walls_and_their_overhang(cut: float, across: bool) -> None:
    planes, gables = roofs.gable(X, Y, 3.0, 2.0, over=0.5, ends=0.2, cut=cut, across=across)
    long, wide = (8.0, 10.0) if across else (10.0, 8.0)
    ends = 0.5 if cut == 1 else 0.2
    assert covered(planes) == pytest.approx((long + 2 * ends) * (wide + 1.0), rel=1e-5)
    assert planes[0][..., 2].max() == pytest.approx(5.0)
    full = wide * 2.0 / 2  # of one gable, m2
    share = 0.0 if cut == 1 else 1 - cut * cut
    a, b = (gables[0][:, k] - gables[0][:, 0] for k in (1, 2))
    area = np.sqrt((np.cross(a, b) ** 2).sum(1)).sum() / 2
    assert area == pytest.approx(2 * full * share, abs=1e-4)


def test_a_pyramid_covers_its_walls() -> None:
    assert covered(roofs.pyramid(X, Y, 3.0, 4.0, over=0.0)) == pytest.approx(80.0)


def test_a_skirt_leans_on_the_sides_asked_for() -> None:
    planes = roofs.skirt(X, Y, 3.0, 2.0, 1.0, (True, False, True, False))
    top = planes[0][planes[0][..., 2] > 4.9]
    assert (top[:, 0].min(), top[:, 0].max()) == X
    assert (top[:, 1].min(), top[:, 1].max()) == (-3.0, 3.0)


def flat(site: Site, number: int, style: str | None, homes: bool = True) -> None:
    body = site.scene.body("building", Place(), Key("b"))
    grey = (0.5, 0.5, 0.5)
    rooftops.flat(site, body, Key("roof", number), (-9.0, 9.0), (-7.0, 7.0), 12.0, grey, style, homes=homes)


@pytest.mark.parametrize("style", rooftops.FLAT_STYLES)
def test_what_stands_on_a_flat_roof_stays_on_it(style: str) -> None:
    for number in range(8):
        built = build(lambda site: flat(site, number, style))  # noqa: B023
        assert (built.size[:2] <= (18.2, 14.2)).all()
        assert built.low >= 11.7
        assert built.triangles[..., 2].max() <= 15.5


def test_nobody_sits_on_the_roof_of_a_factory() -> None:
    def made(homes: bool, number: int) -> int:
        return len(build(lambda site: flat(site, number, None, homes)).triangles)

    pairs = [(made(True, number), made(False, number)) for number in range(30)]
    assert any(with_ != without for with_, without in pairs)
