"""Trees: the season changes their leaves, not their trunks; detail their triangles, not their outline."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.kinds import KINDS
from sisbench.tinytown.materials import MATERIALS
from sisbench.tinytown.objects.leafage import EVERGREEN
from sisbench.tinytown.objects.trees import SPECIES, tree
from sisbench.tinytown.scene import Mesh, Place, Scene
from sisbench.tinytown.site import Site
from tests.sisbench.tinytown.objects.laid import conditions

LEAVES, BARK = MATERIALS["foliage"].number, MATERIALS["bark"].number


AT = Place(20.0, 4.0)


def grown(species: str, season: str = "summer", number: int = 1, detail: float = 1.0, place: Place = AT) -> Mesh:
    """A tree of 10 m."""
    scene = Scene()
    site = Site(scene, conditions(season))
    tree(site, Key("tree", number), place, species, 10.0, detail)
    return scene.build()


def of(mesh: Mesh, material: int) -> np.ndarray:
    return mesh.layout[mesh.material[mesh.part] == material]


@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("season", ["summer", "autumn", "winter"])
def test_a_tree_has_its_height_and_stands_on_the_ground(species: str, season: str) -> None:
    for number in range(6):
        mesh = grown(species, season, number)
        z = mesh.layout[..., 2]
        assert -0.6 <= z.min() <= 0.0
        assert 8.5 <= z.max() <= 12.0
        assert np.hypot(mesh.layout[..., 0] - 20, mesh.layout[..., 1] - 4).max() < 8.5
        assert len(mesh.layout) <= 1000 if season != "winter" or species in EVERGREEN else 1500


@pytest.mark.parametrize("species", SPECIES)
def test_detail_takes_triangles_and_keeps_the_outline(species: str) -> None:
    near, middle, far = (grown(species, detail=detail) for detail in (1.0, 0.4, 0.1))
    if species != "palm":
        assert len(far.layout) < len(middle.layout) < len(near.layout)
        assert len(far.layout) <= 280
    for mesh in (middle, far):
        assert mesh.layout[..., 2].max() == pytest.approx(near.layout[..., 2].max(), abs=1.2)


def test_trees_beside_the_camera_have_small_leaves() -> None:
    away, beside = grown("maple"), grown("maple", place=Place(5.0, 4.0))
    assert len(of(away, LEAVES)) < len(of(beside, LEAVES)) <= 1800
    sizes = [np.abs(np.diff(of(mesh, LEAVES), axis=1)).mean() for mesh in (away, beside)]
    assert sizes[1] < 0.8 * sizes[0]


@pytest.mark.parametrize("species", [name for name in SPECIES if name not in EVERGREEN])
def test_the_season_changes_leaves_and_not_the_trunk(species: str) -> None:
    summer, autumn, winter = (grown(species, season) for season in ("summer", "autumn", "winter"))
    np.testing.assert_array_equal(of(summer, LEAVES), of(autumn, LEAVES))
    np.testing.assert_array_equal(of(summer, BARK), of(autumn, BARK))
    assert len(of(winter, LEAVES)) == 0
    trunk = of(summer, BARK)
    np.testing.assert_array_equal(of(winter, BARK)[: len(trunk)], trunk)  # twigs come after
    assert len(of(winter, BARK)) > len(trunk)
    colors = [mesh.colors[mesh.material == BARK] for mesh in (summer, autumn, winter)]
    assert all((color == colors[0]).all() for color in colors)


@pytest.mark.parametrize("species", EVERGREEN)
def test_evergreens_keep_their_leaves(species: str) -> None:
    summer, winter = grown(species), grown(species, "winter")
    np.testing.assert_array_equal(summer.layout, winter.layout)
    np.testing.assert_array_equal(summer.colors, winter.colors)


def test_autumn_turns_most_trees() -> None:
    turned = [
        (grown("maple", "autumn", number).colors != grown("maple", "summer", number).colors).any()
        for number in range(30)
    ]
    assert 18 <= sum(turned) <= 30


def test_trees_of_one_species_differ() -> None:
    crowns = {grown("oak", number=number).layout.tobytes() for number in range(20)}
    assert len(crowns) == 20


@pytest.mark.parametrize(("species", "kind"), [("palm", "palm"), ("pine", "tree"), ("maple", "tree")])
def test_every_species_has_its_kind(species: str, kind: str) -> None:
    mesh = grown(species)
    assert {KINDS[k] for k in mesh.kind} == {kind}
