"""The registry of protocols: names, covered data sets, choices that the published numbers rest on."""

import pytest

from sisbench import contracts, datasets, protocols
from sisbench.errors import InputError


@pytest.mark.parametrize("name", protocols.names())
def test_a_protocol_is_consistent(name):
    assert [outcome for outcome in contracts.run("protocols", name) if outcome.status != "ok"] == []


def test_the_two_cityscapes_protocols_differ_where_the_papers_do():
    spade = protocols.get("spade-2019").scoring("cityscapes")
    oasis = protocols.get("oasis-2021").scoring("cityscapes")
    assert spade.size == oasis.size == (256, 512)
    height, width = datasets.get("cityscapes").card.native_size
    scale = spade.segmentation.input_scale
    assert (scale * spade.size[0], scale * spade.size[1]) == (height, width)
    assert oasis.segmentation.input_scale == 1
    assert spade.segmentation.ignored_pixels == "count_wrong"
    assert oasis.segmentation.ignored_pixels == "exclude"
    assert spade.segmentation.segmenter == oasis.segmentation.segmenter == "drn_d_105.cityscapes"


def test_tinytown_puts_the_offline_metric_first():
    protocol = protocols.get("tinytown-v0")
    assert protocol.metrics == ("fd_effnet", "fid", "miou", "ssim", "psnr")
    assert protocol.scoring("tinytown").size == (128, 256)


def test_an_unknown_name_gets_the_closest():
    with pytest.raises(InputError, match="'spade2019' is not a protocol; closest: 'spade-2019'"):
        protocols.get("spade2019")


def test_a_protocol_of_any_images_covers_every_data_set():
    protocol = protocols.get(protocols.FOLDERS)
    assert protocol.scoring() == protocol.scoring("tinytown") == protocol.scorings[0]
    with pytest.raises(InputError, match="'spade-2019' does not cover data set 'any'"):
        protocols.get("spade-2019").scoring()


def test_the_cross_view_protocol_has_a_classifier_for_all_images_and_one_for_tinytown():
    protocol = protocols.get("crossview-2018")
    assert protocol.scoring().classifier == protocol.scoring("cityscapes").classifier == "alexnet-places365/places365"
    assert protocol.scoring("tinytown").classifier == "effnet/scene.tinytown"
