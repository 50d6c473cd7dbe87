"""The registry of protocols: names, covered data sets, choices that the published numbers rest on."""

from __future__ import annotations

import pytest

from sisbench import contracts, datasets, protocols
from sisbench.card import Segmentation
from sisbench.errors import InputError

DIGESTS = {
    "crossview-2018": "6e5f549fb513f55140e5fd5407f04d66aa9393803d112907a03e97e380eecf81",
    "diversity-v1": "a1456aa838eec5de1866fe0de0a474cbfbc7cc70729537cb5968478d975755a1",
    "folders-v1": "ea9ebb8a90a9870f6c9d88d58121931fb51bb6ed48525b21bf4816ab4c19f49d",
    "oasis-2021-diversity": "dd9aab89c250664f38c93ca99912b2c4033a3c3b8d7feb2ffc7e73bc8b133a76",
    "tinytown-v0": "351be8c99633a8914010b70a669bd2d7a9d23350ec7450344b6e2893670d641d",
}
"""What records of these protocols hold: fields that `card.Protocol` gains must not change them."""

SEGMENTATIONS = {
    ("spade-2019", "cityscapes"): Segmentation("drn_d_105.cityscapes", 4.0, "union", "count_wrong"),
    ("oasis-2021", "cityscapes"): Segmentation("drn_d_105.cityscapes", 1.0, "union", "exclude"),
}


@pytest.mark.parametrize("name", protocols.names())
def test_a_protocol_is_consistent(name: str) -> None:
    assert [outcome for outcome in contracts.run("protocols", name) if outcome.status != "ok"] == []


@pytest.mark.parametrize("name", DIGESTS)
def test_a_digest_that_records_hold_stays(name: str) -> None:
    assert protocols.get(name).digest() == DIGESTS[name]


@pytest.mark.parametrize(("name", "dataset"), SEGMENTATIONS)
def test_what_fields_that_were_added_stand_for(name: str, dataset: str) -> None:
    assert protocols.get(name).scoring(dataset).segmentation == SEGMENTATIONS[name, dataset]


def test_the_two_cityscapes_protocols_differ_where_the_papers_do() -> None:
    spade = protocols.get("spade-2019").scoring("cityscapes")
    oasis = protocols.get("oasis-2021").scoring("cityscapes")
    assert spade.size == oasis.size == (256, 512)
    assert spade.segmentation is not None
    assert oasis.segmentation is not None
    height, width = spade.size
    scale = spade.segmentation.input_scale
    assert (scale * height, scale * width) == datasets.get("cityscapes").card.native_size
    assert oasis.segmentation.input_scale == 1
    assert spade.segmentation.ignored_pixels == "count_wrong"
    assert oasis.segmentation.ignored_pixels == "exclude"
    assert spade.segmentation.segmenter == oasis.segmentation.segmenter == "drn_d_105.cityscapes"


@pytest.mark.parametrize("name", ["spade-2019", "oasis-2021"])
def test_the_papers_score_four_data_sets(name: str) -> None:
    protocol = protocols.get(name)
    assert [s.dataset for s in protocol.scorings] == ["cityscapes", "ade20k", "ade20k_outdoors", "coco_stuff"]
    assert {s.size for s in protocol.scorings[1:]} == {(256, 256)}


PRESETS = {
    "cityscapes-native": ((256, 512), "single", None, "bicubic", None, "union", "exclude"),
    "cityscapes-up": (None, "single", (1024, 2048), "bicubic", (1024, 2048), "union", "count_wrong"),
    "cityscapes-logits-up": ((256, 512), "single", None, "bicubic", (1024, 2048), "union", "exclude"),
    "cityscapes-128-ms": (None, "multi-scale", (128, 256), "bicubic", (128, 256), "union", "exclude"),
    "ade-csail-ms": ((256, 256), "multi-scale", None, "bicubic", None, "all", "exclude"),
    "ade-256": ((256, 256), "single", None, "bicubic", None, "all", "exclude"),
    "coco-256": ((256, 256), "msc", None, "bicubic", None, "truth", "exclude"),
    "coco-512": ((256, 256), "msc", (512, 512), "bilinear-corners", (512, 512), "all", "exclude"),
    "coco-orig": ((256, 256), "msc", "native", "bicubic", "native", "truth", "exclude"),
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fixes_the_way_of_the_image_and_the_size_of_the_truth(name: str) -> None:
    protocol = protocols.get(name)
    for scoring in protocol.scorings:
        choice = scoring.segmentation
        assert choice is not None
        seen = (choice.reading, choice.input_size, choice.input_resample, choice.truth_size)
        assert (scoring.size, *seen, choice.iou_classes, choice.ignored_pixels) == PRESETS[name]
    covered = {"cityscapes": ["cityscapes"], "ade": ["ade20k", "ade20k_outdoors"], "coco": ["coco_stuff"]}
    assert [s.dataset for s in protocol.scorings] == covered[name.partition("-")[0]]


def test_tinytown_puts_the_offline_metric_first() -> None:
    card = datasets.get("tinytown").card
    protocol = protocols.get(card.default_protocol)
    assert protocol.metrics == ("fd_effnet", "fid", "miou", "ssim", "psnr")
    assert protocol.scoring("tinytown").size == card.size


def test_an_unknown_name_gets_the_closest() -> None:
    with pytest.raises(InputError, match="'spade2019' is not a protocol; closest: 'spade-2019'"):
        protocols.get("spade2019")


def test_a_protocol_of_any_images_covers_every_data_set() -> None:
    protocol = protocols.get(protocols.FOLDERS)
    assert protocol.scoring() == protocol.scoring("tinytown") == protocol.scorings[0]
    with pytest.raises(InputError, match="'spade-2019' does not cover data set 'any'"):
        protocols.get("spade-2019").scoring()


def test_the_cross_view_protocol_has_a_classifier_for_all_images_and_one_for_tinytown() -> None:
    protocol = protocols.get("crossview-2018")
    assert protocol.scoring().classifier == protocol.scoring("cityscapes").classifier == "alexnet-places365/places365"
    assert protocol.scoring("tinytown").classifier == "effnet/scene.tinytown"
