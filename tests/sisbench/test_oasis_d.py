"""The discriminator of a run as a segmenter."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import segmenters
from sisbench import datasets, protocols
from sisbench.card import Segmentation
from sisbench.oasis_d import DiscriminatorSegmenter, channel_names
from sisbench.reading import Reader, View, open_segmenter, scored_by
from tests.sisbench.oasis_run import tiny_job, write_run

CARD = datasets.get("tinytown").card


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("oasis-d") / "run"
    write_run(folder)
    return folder


class Brightness(nn.Module):
    """Logits that follow the image: "fake" always, then channel 0 where it is dark and channel 1 where it is bright."""

    def forward(self, image: Tensor) -> Tensor:
        assert image.shape[2] % 64 == image.shape[3] % 64 == 0
        grey = image.mean(dim=1, keepdim=True)
        return torch.cat((torch.full_like(grey, 9.0), -grey, grey), dim=1)


def test_fake_is_no_class() -> None:
    found = DiscriminatorSegmenter(Brightness(), ("dark", "bright")).eval()
    image = torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    image[..., 32:] = 255
    assert torch.equal(found(image), (torch.arange(64) >= 32).long().expand(1, 64, 64))


def test_images_of_any_size() -> None:
    found = DiscriminatorSegmenter(Brightness(), ("dark", "bright")).eval()
    image = torch.randint(0, 256, (2, 3, 70, 33), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    grey = (image.float().mean(dim=1) / 255 - 0.5) * 2
    assert torch.equal(found(image), (grey > 0).long())


def test_channels_have_the_names_of_the_data_set() -> None:
    assert channel_names(CARD)[:9] == tuple(label.name for label in CARD.labels[:9])
    assert len(channel_names(CARD)) == CARD.num_labels
    coco = channel_names(datasets.get("coco_stuff").card)
    assert len(coco) == 183
    assert coco[1] == datasets.get("coco_stuff").card.labels[0].name


def test_segmenters_see_it(run: Path) -> None:
    found = segmenters.create(f"oasis-d:{run}")
    assert isinstance(found, DiscriminatorSegmenter)
    assert (found.num_classes, found.training) == (CARD.num_labels, False)
    assert found.loaded is not None
    assert found.loaded.sha256 == hashlib.sha256((run / "discriminator.pth").read_bytes()).hexdigest()
    assert segmenters.prefix_of(f"oasis-d:{run}") == "oasis-d:"
    assert "OASIS" in segmenters.info(f"oasis-d:{run}").summary


def test_a_protocol_reads_scored_classes_with_it(run: Path) -> None:
    card = CARD
    protocol = scored_by(protocols.get("tinytown-v1"), "tinytown", f"oasis-d:{run}")
    assert protocol.name == "tinytown-v1+oasis-d:run"
    choice = protocol.scoring("tinytown").segmentation
    assert isinstance(choice, Segmentation)
    segmenter = open_segmenter(View.of(choice), card, torch.device("cpu"))
    photo = tiny_job().samples("val")[0].image[None]
    ((labels,),) = Reader(View.of(choice), segmenter, torch.device("cpu")).read(photo, [None])
    with torch.no_grad():
        logits = segmenters.create(f"oasis-d:{run}").scores(photo)[0]
    ids = [label.id for label in card.train_classes]
    assert torch.equal(labels.long(), logits[ids].argmax(dim=0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_classes": 19}, "35 classes apart, not 19"),
        ({"weights": Path("other.pth")}, "names its own weights"),
        ({"input_scale": 2.0}, "an input_scale of 2.0"),
        ({"reading": "multi-scale"}, "the reading 'multi-scale'"),
    ],
)
def test_what_it_does_not_offer(run: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(segmenters.SegmenterError, match=message):
        segmenters.create(f"oasis-d:{run}", **options)  # type: ignore[arg-type]


def test_runs_that_have_none(run: Path, tmp_path: Path) -> None:
    with pytest.raises(segmenters.SegmenterError, match="nowhere is no folder of a run"):
        segmenters.create(f"oasis-d:{tmp_path / 'nowhere'}")
    folder = shutil.copytree(run, tmp_path / "run")
    (folder / "discriminator.pth").write_bytes(b"no weights")
    with pytest.raises(segmenters.SegmenterError, match=r"discriminator\.pth cannot be read"):
        segmenters.create(f"oasis-d:{folder}")


@pytest.mark.parametrize("prefix", ["oasis-d:", "mmseg:", "oasis"])
def test_prefixes_are_free_and_end_in_a_colon(prefix: str) -> None:
    with pytest.raises(ValueError, match="expected a prefix that is free"):
        segmenters.register_family(prefix, summary="", paper="")
