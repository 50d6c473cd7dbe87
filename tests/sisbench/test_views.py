"""Cross-view samples: which photo is whose, what the semantics say, and what a generator sees of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

import generators
from sisbench import datasets, images
from sisbench.contact_sheet import colorize
from sisbench.data import Samples
from sisbench.datasets._views import GREYS, GROUPS, NO_GROUP, group_colors, group_ids, group_of
from sisbench.encode import SPADE
from sisbench.errors import InputError, Problems
from sisbench.files import Tree
from sisbench.views import ViewSample, ViewSamples, condition_of, open_samples, view_condition
from tests.trees import tinytown_tree

TINYTOWN = datasets.get("tinytown")


def opened(direction: str, size: tuple[int, int] | None = None, limit: int = 3) -> ViewSamples:
    data = datasets.get(f"tinytown_{direction}")
    samples = open_samples(data, datasets.locate(data), "val", size, limit)
    assert isinstance(samples, ViewSamples)
    return samples


def test_a_direction_is_a_data_set_with_a_name_of_its_own() -> None:
    data = datasets.get("tinytown_a2g")
    assert data == TINYTOWN.directed("a2g") == TINYTOWN.directed() == datasets.viewed("tinytown", crossview=True)
    assert datasets.viewed("tinytown", "g2a").card.title == "tinytown v1, ground to aerial"
    assert datasets.viewed("tinytown") is TINYTOWN
    assert datasets.viewed("dayton").card.name == "dayton_a2g"  # nothing else can be done with it
    card = data.card
    assert (card.name, card.size, card.layout_channels, card.instances) == ("tinytown_a2g", (128, 128), 6, False)
    assert (card.counts, card.categories) == (TINYTOWN.card.counts, TINYTOWN.card.categories)
    assert "tinytown_a2g" not in datasets.names()


def test_the_files_of_a_direction_are_those_of_its_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tinytown_tree(tmp_path / "tinytown")
    monkeypatch.setenv("SISBENCH_DATA", str(tmp_path))
    assert datasets.locate(datasets.get("tinytown_g2a")).root == tmp_path / "tinytown"
    with pytest.raises(InputError) as caught:
        datasets.locate(datasets.get("dayton_g2a"))
    assert f"{tmp_path / 'dayton'} " in str(caught.value)
    assert "dayton_g2a" not in str(caught.value)


def test_directions_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match=r"cityscapes shows scenes in one view.*cvusa, dayton, tinytown"):
        datasets.viewed("cityscapes", "a2g")
    with pytest.raises(InputError, match="'up' is not a direction of tinytown"):
        TINYTOWN.directed("up")
    with pytest.raises(InputError, match="tinytown_g2a is g2a by its name"):
        datasets.viewed("tinytown_g2a", "a2g")
    with pytest.raises(InputError, match="'tinytwon_a2g' is not a data set"):
        datasets.get("tinytwon_a2g")


def test_groups_are_those_of_lggan() -> None:
    assert [group.id for group in GROUPS] == [0, 1, 2, 3, 4, 5]
    assert GREYS == (10, 20, 30, 40, 50, 60)
    assert [group_of(name) for name in ("bicycle", "terrain", "rider", "fence", "sky", "vegetation", "bridge")] == [
        *(0, 1, 2, 3, 4, 5),
        NO_GROUP,
    ]
    colors = group_colors(TINYTOWN.card.labels)
    assert colors[153, 153, 153] == 2  # pole, although polegroup has the colour too
    assert colors[0, 0, 0] == NO_GROUP
    table = group_ids(TINYTOWN.card.labels)
    assert (table[7], table[18], table[26], table[200]) == (1, NO_GROUP, 0, NO_GROUP)


@pytest.mark.parametrize("direction", ["a2g", "g2a"])
def test_views_are_the_files_of_the_direction(direction: str) -> None:
    samples, items = opened(direction), TINYTOWN.index(datasets.locate(TINYTOWN), "val")
    item = next(item for item in items if item.key == samples.keys[1])
    assert item.image is not None
    assert item.aerial is not None
    assert item.aerial_layout is not None
    sample = samples[1]
    ground, aerial = (images.decode_photo(file, (128, 128)) for file in (item.image, item.aerial))
    assert torch.equal(sample.source, aerial if direction == "a2g" else ground)
    assert torch.equal(sample.image, ground if direction == "a2g" else aerial)
    labels = images.decode_ids(item.layout if direction == "a2g" else item.aerial_layout, (128, 128))
    assert torch.equal(sample.semantics, colorize(labels, TINYTOWN.card))
    assert torch.equal(sample.layout, torch.tensor(group_ids(TINYTOWN.card.labels))[labels])
    assert torch.equal(samples.layout(1), sample.layout)
    assert sample.category == item.category
    assert len(samples) == 3
    assert not samples.complete


def test_a_condition_is_photo_then_colours_then_groups() -> None:
    source = torch.tensor([0, 255, 51], dtype=torch.uint8).view(3, 1, 1)
    semantics = torch.zeros(3, 1, 1, dtype=torch.uint8)
    cond = view_condition(source, semantics, torch.tensor([[4]]))
    assert cond.flatten().tolist() == pytest.approx([-1, 1, -0.6, -1, -1, -1, 0, 0, 0, 0, 1, 0])
    nothing = view_condition(source, semantics, torch.tensor([[NO_GROUP]]))
    assert nothing[6:].flatten().tolist() == [0.0] * 6


def test_a_condition_fits_a_cross_view_generator() -> None:
    samples = opened("a2g", (64, 64))
    cond = condition_of(samples[0], samples.card, SPADE)
    network = generators.CrossViewGenerator(num_labels=samples.card.layout_channels, edges=False, size=(64, 64))
    network.check(cond[None])
    view = network.parts(cond[None])
    assert torch.equal(view.source[0], images.to_pm1(samples[0].source))
    assert torch.equal(view.semantics[0], images.to_pm1(samples[0].semantics))
    share = view.layout.sum(1)
    assert set(share.unique().tolist()) <= {0.0, 1.0}
    assert 0.5 < float(share.mean()) < 1  # most pixels are of a group


def test_samples_of_one_view_are_opened_as_ever() -> None:
    samples = open_samples(TINYTOWN, datasets.locate(TINYTOWN), "val", limit=1)
    assert type(samples) is Samples
    assert not isinstance(samples[0], ViewSample)
    assert condition_of(samples[0], samples.card, SPADE).shape == (36, 128, 256)


def test_the_digest_depends_on_every_file_that_is_read(tmp_path: Path) -> None:
    tinytown_tree(tmp_path)
    data = datasets.get("tinytown_a2g")
    before = open_samples(data, Tree(tmp_path), "val").digest()
    path = next(iter(sorted((tmp_path / "aerial/val").rglob("*_aerial.*"))))
    path.write_bytes(path.read_bytes() + b"\0")
    assert open_samples(data, Tree(tmp_path), "val").digest() != before
    assert open_samples(datasets.get("tinytown_g2a"), Tree(tmp_path), "val").digest() != before


def test_a_missing_view_is_named(tmp_path: Path) -> None:
    tinytown_tree(tmp_path)
    path = next(iter(sorted((tmp_path / "aerial/val").rglob("*_aerial.*"))))
    path.unlink()
    with pytest.raises(Problems, match="no aerial photo; expected") as caught:
        open_samples(datasets.get("tinytown_a2g"), Tree(tmp_path), "val")
    assert path.stem in str(caught.value)


def test_pictures_are_kept_where_they_fit() -> None:
    samples = opened("a2g")
    first: Tensor = samples.pictures(0).source
    assert samples.fits_in_memory
    assert samples.pictures(0).source is first
    assert samples[0].image is not samples.pictures(0).target  # a caller may write into its sample
