"""Files of a world: names, kinds, what they say of each other, and the line that describes them."""

import io
import json
import math

import numpy as np
import pytest
from PIL import Image

from sisbench.tinytown import spaces, worlds
from sisbench.tinytown.cameras import VIEWS
from sisbench.tinytown.render import render
from sisbench.tinytown.rendering import Rendering, facts_of
from sisbench.tinytown.writer import contents, describe
from tests.sisbench.tinytown import hamlet

NUMBER = 7


@pytest.fixture(scope="module")
def world():
    return hamlet.world(NUMBER)


def rendering(space="cityscapes", views=VIEWS):
    return Rendering(32, 64, views, space)


@pytest.fixture(scope="module")
def files(world):
    return dict(contents(world, rendering()))


def opened(content):
    return Image.open(io.BytesIO(content))


def test_every_view_has_its_three_files(world, files):
    paths = [spaces.get("cityscapes").paths(view, world.split, world.category, NUMBER) for view in VIEWS]
    assert list(files) == [name for path in paths for name in (path.photo, path.layout, path.instance)]
    stem = f"{world.split}/{world.category}/{world.category}_{NUMBER:06d}_000000"
    assert f"leftImg8bit/{stem}_leftImg8bit.webp" in files
    assert f"gtPanorama/{stem}_gtPanorama_instanceIds.png" in files


def test_files_have_their_sizes_and_depths(files):
    wide = {"ground": 64, "aerial": 32, "oblique": 64, "panorama": 128}
    for view in VIEWS:
        (photo, layout, instance) = list(files.values())[3 * VIEWS.index(view) :][:3]
        found = [(image.format, image.mode, image.size) for image in map(opened, (photo, layout, instance))]
        size = (wide[view], 32)
        assert found == [("WEBP", "RGB", size), ("PNG", "L", size), ("PNG", "I;16", size)]


def test_maps_are_those_of_the_frame(world, files):
    asked = rendering()
    frame = render(
        world.mesh, world.weather.light, world.air, world.cameras["ground"], *asked.size("ground"), world.seed
    )
    layout, instance = spaces.get("cityscapes").maps(frame.kind, frame.instance)
    photo, found_layout, found_instance = (np.asarray(opened(content)) for content in list(files.values())[:3])
    assert (found_layout == layout).all()
    assert (found_instance == instance).all()
    assert np.abs(photo.astype(int) - frame.photo).mean() < 12  # compressed, not another picture


def test_the_same_world_gives_the_same_bytes(files):
    again = dict(contents(hamlet.world(NUMBER), rendering()))
    assert again == files


def test_a_view_does_not_depend_on_which_others_there_are(world, files):
    alone = dict(contents(world, rendering(views=("aerial",))))
    assert len(alone) == 3
    assert alone.items() <= files.items()


@pytest.mark.parametrize("space", ["ade20k", "coco_stuff"])
def test_other_spaces_show_the_same_photo_as_jpeg(world, files, space):
    made = dict(contents(world, rendering(space, ("ground",))))
    photo, layout, _ = map(opened, made.values())
    assert photo.format == "JPEG"
    assert next(iter(made)).endswith(".jpg")
    assert np.abs(np.asarray(photo).astype(int) - np.asarray(opened(next(iter(files.values()))))).mean() < 12
    assert (np.asarray(layout) == spaces.get(space).table[_kinds(world)]).all()


def _kinds(world):
    return render(world.mesh, world.weather.light, world.air, world.cameras["ground"], 32, 64, world.seed).kind


class TestDescription:
    def test_it_tells_what_the_folder_has_in_common(self, world):
        line = describe(world, rendering())
        assert json.loads(json.dumps(line, allow_nan=False)) == line
        assert facts_of(line) == rendering().facts()
        assert line["edition"] == worlds.EDITION

    def test_it_tells_of_the_world(self, world):
        line = describe(world, rendering())
        assert line | dict(world.facts) == line
        assert (line["world"], line["seed"], line["space"]) == (NUMBER, world.seed, "cityscapes")

    def test_photos_are_named(self, world, files):
        line = describe(world, rendering())
        assert [view["photo"] for view in line["views"].values()] == list(files)[::3]

    def test_intrinsics_follow_from_the_field_of_view(self, world):
        views = describe(world, rendering())["views"]
        ground = views["ground"]
        assert (ground["height"], ground["width"]) == (32, 64)
        assert (ground["cx"], ground["cy"]) == (32, 16)
        assert 2 * math.atan(32 / ground["fx"]) == pytest.approx(world.cameras["ground"].field, abs=1e-5)
        assert "fx" not in views["panorama"]
        assert views["panorama"]["vertical"] == pytest.approx(math.pi / 2, abs=1e-5)

    def test_a_pixel_is_where_the_formula_says(self, world):
        camera, facts = world.cameras["oblique"], describe(world, rendering())["views"]["oblique"]
        _, rays = camera.rays(32, 64)
        row, column = 20, 50
        x, y, z = rays.reshape(32, 64, 3)[row, column].astype(float)
        yaw, pitch, roll = facts["yaw"], facts["pitch"], facts["roll"]
        x, y = x * math.cos(yaw) + y * math.sin(yaw), y * math.cos(yaw) - x * math.sin(yaw)
        x, z = x * math.cos(pitch) - z * math.sin(pitch), z * math.cos(pitch) + x * math.sin(pitch)
        y, z = y * math.cos(roll) + z * math.sin(roll), z * math.cos(roll) - y * math.sin(roll)
        assert facts["cx"] - facts["fx"] * y / x == pytest.approx(column + 0.5, abs=1e-3)
        assert facts["cy"] - facts["fy"] * z / x == pytest.approx(row + 0.5, abs=1e-3)
