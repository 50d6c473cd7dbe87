"""Regions that editing draws: boxes of objects, rectangles, and what they depend on."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from sisbench import datasets
from sisbench.regions import OBJECTS, boxes_of_objects, draw, of_sample

SIZE = (64, 128)
CARD = datasets.get("tinytown").card


def street() -> Tensor:
    """Road 7, one car 26 of 16x24 pixels, a pole 17 that is too small, and sky 23 that is too large."""
    layout = torch.full(SIZE, 7)
    layout[:20] = 23
    layout[30:46, 40:64] = 26
    layout[25:30, 100:102] = 17
    return layout


def test_objects_are_what_has_a_small_bounding_box_but_not_too_small_a_one() -> None:
    assert boxes_of_objects(street(), None) == [(30, 40, 46, 64)]


def test_instances_of_a_label_are_objects_of_their_own() -> None:
    layout = torch.zeros(SIZE, dtype=torch.int64)
    layout[10:20, 10:30] = 26
    layout[40:50, 90:110] = 26
    assert boxes_of_objects(layout, None) == []  # together they are wider than half the image
    instance = layout.clone()
    instance[10:20, 10:30] = 26001
    instance[40:50, 90:110] = 26000
    assert boxes_of_objects(layout, instance) == [(40, 90, 50, 110), (10, 10, 20, 30)]


def test_half_of_the_regions_are_boxes_of_objects_enlarged_by_a_quarter() -> None:
    layout = street()
    box = torch.zeros(SIZE, dtype=torch.bool)
    box[30 - 4 : 46 + 4, 40 - 6 : 64 + 6] = True
    drawn = [draw(OBJECTS, layout, None, seed) for seed in range(400)]
    share = sum(torch.equal(region, box) for region in drawn) / len(drawn)
    assert share == pytest.approx(0.5, abs=0.08)
    others = [region for region in drawn if not torch.equal(region, box)]
    for region in others:
        rows, columns = region.any(1), region.any(0)
        assert torch.equal(region, rows[:, None] & columns[None])
        assert 8 <= int(rows.sum()) <= 32
        assert 16 <= int(columns.sum()) <= 64
    heights = [int(region.any(1).sum()) for region in others]
    assert min(heights) <= 10
    assert max(heights) >= 30
    everywhere = torch.stack(others).any(0)
    assert bool(everywhere[0, 0]) or bool(everywhere.float().mean() > 0.95)


def test_a_box_at_the_border_ends_there() -> None:
    layout = torch.zeros(SIZE, dtype=torch.int64)
    layout[0:16, 112:128] = 26
    box = torch.zeros(SIZE, dtype=torch.bool)
    box[0:20, 108:128] = True
    assert any(torch.equal(draw(OBJECTS, layout, None, seed), box) for seed in range(20))


def test_an_image_without_objects_gets_a_rectangle() -> None:
    for seed in range(20):
        region = draw(OBJECTS, torch.zeros(SIZE, dtype=torch.int64), None, seed)
        assert 8 * 16 <= int(region.sum()) <= 32 * 64


def test_a_region_depends_on_its_seed_alone_and_of_a_sample_on_its_key() -> None:
    layout = street()
    assert torch.equal(draw(OBJECTS, layout, None, 1, "a"), draw(OBJECTS, layout, None, 1, "a"))
    assert len({tuple(draw(OBJECTS, layout, None, seed).flatten().tolist()) for seed in range(20)}) > 5
    assert torch.equal(of_sample(OBJECTS, "a", layout, None, CARD), of_sample(OBJECTS, "a", layout, None, CARD))
    drawn = [of_sample(OBJECTS, key, layout, None, CARD) for key in "abcdefgh"]
    assert any(not torch.equal(region, drawn[0]) for region in drawn)


def test_drawn_regions_are_pinned() -> None:
    """A scheme that draws other regions needs another name: every number of the protocols with it moves."""
    found = []
    for key in ("a", "b", "c", "d"):
        region = of_sample(OBJECTS, key, street(), None, CARD)
        rows, columns = region.any(1).nonzero().flatten(), region.any(0).nonzero().flatten()
        found.append((int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1))
    assert found == PINNED


def test_instance_maps_that_a_data_set_may_lack_do_not_count() -> None:
    layout = street()
    instance = layout.clone()
    instance[30:46, 40:52] = 1
    optional = dataclasses.replace(CARD, instances=False)
    keys = "abcdefgh"
    assert any(
        not torch.equal(of_sample(OBJECTS, key, layout, instance, CARD), of_sample(OBJECTS, key, layout, None, CARD))
        for key in keys
    )
    for key in keys:
        found = of_sample(OBJECTS, key, layout, instance, optional)
        assert torch.equal(found, of_sample(OBJECTS, key, layout, None, optional))


def test_an_unknown_scheme_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="there are objects-v1, four-objects-v1"):
        draw("objects-v0", street(), None)


def test_four_regions_at_once_are_those_of_four_draws() -> None:
    parts = [draw(OBJECTS, street(), None, "seed", number) for number in range(4)]
    assert torch.equal(draw("four-objects-v1", street(), None, "seed"), parts[0] | parts[1] | parts[2] | parts[3])


PINNED = [(7, 68, 34, 116), (21, 25, 45, 85), (26, 34, 50, 70), (26, 34, 50, 70)]
