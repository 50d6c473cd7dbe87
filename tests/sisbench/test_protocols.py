"""The registry of protocols: names, covered data sets, choices that the published numbers rest on."""

from __future__ import annotations

import pytest

from sisbench import contracts, datasets, protocols
from sisbench.card import Segmentation
from sisbench.errors import InputError

DIGESTS = {
    "ade-256": "86f9827a952e2838d4d6601de1f2192c832930f6546f3df87ecb47c88a05c7b6",
    "ade-csail-ms": "0c061040f3607380e76ad7ea3dfe036689e77b86b00cfc45c45e83d44bf52cfb",
    "cityscapes-128-ms": "3fb31aaa8cf8534fe87eedd2e1556129f50366087323f80b10811d5922942ae1",
    "cityscapes-logits-up": "2ddfb1d464ecad5cd4059e8db398198287768b5f9f1a128a67e8f71d602b9a94",
    "cityscapes-native": "c3b0c6661b167db3c783264d2d5b96a2cde63442bd26e2aba1057d95d393d73d",
    "cityscapes-up": "f24554abee52738dd64220268da99810568befac0b66ccbb3d8a9dc1e89cb592",
    "coco-256": "ddf43e20bb6109deb697e4fa5e7eacc9faf535b5fa305563552b4a6836bf12be",
    "coco-512": "8497873b69c82e8828eb8c1e6e2c7f31d8ea924b79f901599baeafc194938d6f",
    "coco-orig": "c600f087122edefc485b4d49b02f8cb59a8733909dcaea8354435dcd19001ac5",
    "crossview-2018": "6e5f549fb513f55140e5fd5407f04d66aa9393803d112907a03e97e380eecf81",
    "diversity-v1": "a1456aa838eec5de1866fe0de0a474cbfbc7cc70729537cb5968478d975755a1",
    "folders-v1": "ea9ebb8a90a9870f6c9d88d58121931fb51bb6ed48525b21bf4816ab4c19f49d",
    "oasis-2021": "dcfcf7340b69e5db4475f410a9524cb4c6a422aa113802bbff5277a19a11b930",
    "oasis-2021-diversity": "dd9aab89c250664f38c93ca99912b2c4033a3c3b8d7feb2ffc7e73bc8b133a76",
    "spade-2019": "fabc7d5860cf3791342fe036b2c7a6f25674973b9d84efb9acc27f05e481a709",
    "tinytown-64-ms": "51649de9f820c0a4206ceab7d2140dd7757580b5b9c7cea0afa590a8182577cc",
    "tinytown-logits-up": "3045b53b0dd7f6949fb1656caf1c9c8eb417f4c327f3eb64d1a3451017c41431",
    "tinytown-native": "130fdaf094d3fe0b62f5681e21467a56d198786872d11b7b503c4c685d2c30ec",
    "tinytown-up": "25e276e7b174b149b7239ce2fd137f941ea25bcaba84404896d473281302f619",
    "tinytown-v1": "58800461df7193a741179777adad5940cd1b19b009b39464b709a94b7adad68f",
}
"""What records of these protocols hold: neither an edit nor a field that is added may change them."""

SEGMENTATIONS = {
    ("spade-2019", "cityscapes"): Segmentation("drn_d_105.cityscapes", 4.0, "union", "count_wrong"),
    ("oasis-2021", "cityscapes"): Segmentation("drn_d_105.cityscapes", 1.0, "union", "exclude"),
}


@pytest.mark.parametrize("name", protocols.names())
def test_a_protocol_is_consistent(name: str) -> None:
    assert [outcome for outcome in contracts.run("protocols", name) if outcome.status != "ok"] == []


@pytest.mark.parametrize("name", DIGESTS)
def test_a_digest_stays(name: str) -> None:
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
