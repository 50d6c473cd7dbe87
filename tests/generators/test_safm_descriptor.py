"""SAFM's position descriptor: hand-computed values, equality with all pairs, and what is kept of it."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.safm_descriptor import all_pairs
from generators._safm_cache import Descriptors
from generators._safm_descriptor import (
    CHANNELS,
    EDGES,
    count,
    largest_square,
    offsets,
    outer_contour,
    rings_of,
)

NEAR, FAR = 60, 0
"""First channel of the nearest ring and of the farthest."""
RIGHT = 6
"""Sector of a pixel to the right of another; of equal ones as well."""


def descriptor(rows: list[str], first: int = 1) -> NDArray[np.float32]:
    """Of a map that is drawn: a space is no instance, a digit its number."""
    ids = np.array([[int(letter) if letter.strip() else 0 for letter in row] for row in rows])
    return count(ids, first).descriptor(ids.shape)


def values(found: NDArray[np.float32], y: int, x: int) -> dict[int, float]:
    return {int(channel): float(found[channel, y, x]) for channel in found[:, y, x].nonzero()[0]}


# By hand


def test_two_pixels_see_themselves_nearest_and_each_other_farthest() -> None:
    found = descriptor([" 11 "])
    assert values(found, 0, 1) == {NEAR + RIGHT: 0.5, FAR + 0: 0.5}  # it is left of the other
    assert values(found, 0, 2) == {NEAR + RIGHT: 0.5, FAR + RIGHT: 0.5}
    found = descriptor(["1", "1"])
    assert values(found, 0, 0) == {NEAR + RIGHT: 0.5, FAR + 9: 0.5}  # above
    assert values(found, 1, 0) == {NEAR + RIGHT: 0.5, FAR + 3: 0.5}  # below
    assert not descriptor([" 11 "])[:, :, [0, 3]].any()


def test_one_pixel_has_no_distances() -> None:
    assert not descriptor(["   ", " 1 ", "   "]).any()


def test_only_the_contour_is_seen() -> None:
    found = count(np.ones((5, 5), np.int64))
    assert found.counts.sum(axis=1).tolist() == [16] * 25
    middle = found.counts[12]
    # 2 r / max r: 0.707 at the middles of the sides, 0.791 beside them, 1 at the corners: all between 0.66 and 1.149
    assert middle[NEAR:].sum() == 0
    assert {int(channel) // 12 for channel in middle.nonzero()[0]} == {1}
    assert middle[12:24].tolist() == [2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1]


def test_a_distance_of_a_sixteenth_is_beyond_the_nearest_ring() -> None:
    found = count(np.ones((1, 17), np.int64)).counts
    assert found[0, NEAR : NEAR + 12].sum() == 1  # itself
    assert found[0, NEAR - 12] == 1


def test_an_instance_is_all_pixels_of_its_id() -> None:
    apart = descriptor(["1   1", "     ", "2  2 "])
    assert values(apart, 0, 0) == {NEAR + RIGHT: 0.5, FAR: 0.5}
    assert values(apart, 2, 3) == {NEAR + RIGHT: 0.5, FAR + RIGHT: 0.5}


def test_ids_below_the_first_are_none() -> None:
    ids = np.array([[26, 26, 26000, 26000, 26001]])
    found = count(ids, 1000)
    assert found.pixels.tolist() == [2, 3, 4]
    assert count(ids, 1).pixels.tolist() == [0, 1, 2, 3, 4]
    assert count(np.zeros((3, 4), np.int64)).descriptor((3, 4)).shape == (CHANNELS, 3, 4)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        count(ids, 0)


def test_the_contour_is_where_the_outside_begins() -> None:
    drawn = [
        "#######  ",
        "#     #  ",
        "# ### #  ",
        "# ### #  ",
        "# ### ###",
        "#     ###",
        "#########",
    ]
    mask = np.array([[letter == "#" for letter in row] for row in drawn])
    seen = outer_contour(mask)
    assert not seen[2:5, 2:5].any()  # it lies in a hole
    ring = mask.copy()
    ring[2:5, 2:5] = False
    ring[5, 6:8] = ring[4, 6] = False  # they border on the hole at most
    assert (seen == ring).all()
    assert outer_contour(np.ones((4, 4), bool)).sum() == 12  # the frame is outside


def test_a_diagonal_gap_does_not_let_the_outside_in() -> None:
    mask = np.ones((5, 5), bool)
    mask[[0, 1, 2], [1, 2, 2]] = False  # the second and third are a hole, a step from the outside
    seen = outer_contour(mask)
    assert np.argwhere(seen[1:-1, 1:-1]).tolist() == [[0, 0]]  # below the first
    assert seen.sum() == 16


# Against the formulas


def test_edges_are_torchs_logarithmic_ones() -> None:
    assert EDGES.dtype == np.float32
    assert torch.tensor(EDGES).tolist() == torch.logspace(np.log10(0.125), np.log10(2), 6).tolist()


@pytest.mark.parametrize("largest", [1, 2, 256, 257, 4999, 255**2 + 511**2])
def test_rings_are_those_of_the_formula_at_every_square(largest: int) -> None:
    squares = torch.arange(largest + 1).float()
    passed = (torch.from_numpy(EDGES) >= (2 * squares.sqrt() / torch.tensor(float(largest)).sqrt())[:, None]).sum(1)
    assert rings_of(largest, largest).tolist() == (12 * (passed - 1)).tolist()
    assert set(rings_of(largest, 2 * largest + 5)[largest + 1 :].tolist()) <= {0, CHANNELS}


def test_sectors_are_those_of_the_arctangent_at_every_offset() -> None:
    sectors, squares = offsets(200, 300)
    dy, dx = (torch.from_numpy(d).float() for d in np.mgrid[-199:200, -299:300])
    theta = torch.atan2(dy, -dx)
    theta = torch.where(theta < 0, theta + 2 * torch.pi, theta)
    assert (torch.from_numpy(sectors) == (theta / (2 * torch.pi / 12)).floor()).all()
    assert (torch.from_numpy(squares) == dy.square() + dx.square()).all()


def random_ids(seed: int, size: tuple[int, int] = (37, 53)) -> NDArray[np.int64]:
    """Draw blobs with holes, several parts and lone pixels."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.standard_normal(size), 0.5 + 1.5 * (seed % 4))
    ids = np.digitize(smooth, np.quantile(smooth, [0.2, 0.45, 0.6, 0.9]))
    ids[rng.random(size) < 0.01] = 9
    return ids


@pytest.mark.parametrize("seed", range(12))
def test_counts_are_those_of_all_pairs(seed: int) -> None:
    ids = random_ids(seed)
    assert torch.equal(torch.from_numpy(count(ids).descriptor(ids.shape)), all_pairs(ids, 1))


@pytest.mark.parametrize("seed", range(20))
def test_the_largest_distance_is_found_at_the_ends_of_rows(seed: int) -> None:
    mask = random_ids(seed, (19, 23)) == seed % 4
    points = np.argwhere(mask)
    apart = ((points[:, None] - points) ** 2).sum(2)
    assert largest_square(mask) == apart.max()


def test_a_flipped_map_has_its_own_descriptor() -> None:
    ids = random_ids(1)
    flipped = ids[:, ::-1].copy()
    assert torch.equal(torch.from_numpy(count(flipped).descriptor(ids.shape)), all_pairs(flipped, 1))


# What is kept


def test_a_map_is_counted_once() -> None:
    kept, ids = Descriptors(1), torch.from_numpy(np.stack([random_ids(0), random_ids(1)]))
    found = kept.of(ids)
    assert found.shape == (2, CHANNELS, 37, 53)
    assert found.dtype == torch.float32
    assert kept.computed == 2
    for again in (ids, ids.float(), ids.int()):
        assert torch.equal(kept.of(again), found)
    assert kept.computed == 2
    kept.of(ids.flip(2))
    assert kept.computed == 4
    assert torch.equal(found[0], torch.from_numpy(count(random_ids(0)).descriptor((37, 53))))


def test_ids_and_their_first_tell_maps_apart(tmp_path: Path) -> None:
    for first, ids in ((1, [[5, 5]]), (1, [[5], [5]]), (6, [[5, 5]]), (1, [[6, 6]])):
        kept = Descriptors(first)
        kept.folder = tmp_path
        kept.of(torch.tensor([ids]))
        assert kept.computed == 1, (first, ids)


def test_memory_is_bounded_and_forgets_the_oldest() -> None:
    maps = [torch.from_numpy(np.roll(random_ids(3), 7 * k, axis=1))[None] for k in range(3)]
    alone = Descriptors(1)
    alone.of(maps[0])
    kept = Descriptors(1, memory=5 * alone.held // 2)
    for ids in (*maps[:2], maps[0], maps[2], maps[0]):
        kept.of(ids)
    assert kept.computed == 3
    kept.of(maps[1])
    assert kept.computed == 4
    tiny = Descriptors(1, memory=1)
    assert torch.equal(tiny.of(maps[0]), kept.of(maps[0]))
    assert 0 < kept.held <= kept.memory


def test_what_lies_on_disk_is_found_by_others(tmp_path: Path) -> None:
    first, second, ids = Descriptors(1), Descriptors(1), torch.from_numpy(random_ids(3))[None]
    first.folder = second.folder = tmp_path / "new" / "folder"
    found = first.of(ids)
    assert torch.equal(second.of(ids), found)
    assert (first.computed, second.computed) == (1, 0)
    (file,) = first.folder.iterdir()
    assert file.suffix == ".counts"


@pytest.mark.parametrize("damage", [b"", b"x", b"nothing of the kind"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    ids = torch.from_numpy(random_ids(3))[None]

    def kept() -> Descriptors:
        made = Descriptors(1)
        made.folder = tmp_path
        return made

    found = kept().of(ids)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for content in (damage, whole[:-1], whole[:70] + b"\0" + whole[71:], whole.replace(b"u1", b"u2", 1)):
        file.write_bytes(content)
        again = kept()
        assert torch.equal(again.of(ids), found)
        assert again.computed == 1
        assert file.read_bytes() == whole  # written anew


def test_counts_beyond_a_byte_are_kept(tmp_path: Path) -> None:
    ids = np.zeros((40, 400), np.int64)
    ids[::2] = 1  # twenty lines, all of them contour
    kept = Descriptors(1)
    kept.folder = tmp_path
    found = kept.of(torch.from_numpy(ids)[None])
    again = Descriptors(1)
    again.folder = tmp_path
    assert torch.equal(again.of(torch.from_numpy(ids)[None]), found)
    assert again.computed == 0
    assert count(ids).counts.max() > 255


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = Descriptors(1)
    kept.folder = tmp_path / "file"
    with pytest.warns(UserWarning, match="computed anew each time: .*file"):
        found = kept.of(torch.from_numpy(random_ids(0))[None])
    assert found.any()
    kept.of(torch.from_numpy(random_ids(1))[None])  # said once


def test_copies_share_and_pickles_start_anew() -> None:
    kept, ids = Descriptors(2), torch.from_numpy(random_ids(0))[None]
    kept.of(ids)
    copied = copy.deepcopy(kept)
    copied.of(ids)
    assert copied.computed == 1
    stored = pickle.loads(pickle.dumps(kept))
    assert (stored.first, stored.computed) == (2, 0)
