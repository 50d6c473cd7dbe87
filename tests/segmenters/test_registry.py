import pytest
import torch

import segmenters
from segmenters import SegmenterError
from segmenters._registry import register


def test_names_are_architectures_and_their_facts_list_the_weights() -> None:
    assert {"drn_d_22", "drn_d_22_quarter", "drn_d_105"} <= set(segmenters.names())
    assert segmenters.names("drn_d_1*") == ["drn_d_105"]
    assert segmenters.names() == sorted(segmenters.names())
    info = segmenters.info("drn_d_105.cityscapes")
    assert info == segmenters.info("drn_d_105")
    assert info.summary.startswith("DRN-D-105: bottlenecks")
    assert [(w.tag, w.num_classes, w.input_scale, w.shipped) for w in info.weights] == [("cityscapes", 19, 1.0, False)]


@pytest.mark.parametrize(
    ("name", "closest"),
    [
        ("drn_d_15", "closest: 'drn_d_105'"),
        ("drn-d-22-quarter", "closest: 'drn_d_22_quarter'"),
        ("drn_d_105.cityscape", "closest: 'drn_d_105.cityscapes'"),
        ("drn_d_22_quarter.", "closest: 'drn_d_22_quarter'"),
        ("#", "known: deeplabv2_resnet101, deeplabv2_resnet101.coco_stuff, drn_d_105, "),
    ],
)
def test_unknown_names_answer_with_the_closest(name: str, closest: str) -> None:
    for door in (segmenters.info, segmenters.create, segmenters.find):
        with pytest.raises(SegmenterError) as caught:
            door(name)
        assert repr(name) in str(caught.value)
        assert closest in str(caught.value)


def test_the_tag_fixes_the_number_of_classes() -> None:
    with pytest.raises(SegmenterError, match=r"tells 19 classes apart \(Cityscapes train ids\), not 20"):
        segmenters.create("drn_d_105.cityscapes", 20)


def test_no_weights_can_be_found_without_a_tag() -> None:
    with pytest.raises(SegmenterError, match=r"expected 'arch\.tag'"):
        segmenters.find("drn_d_105")


@pytest.mark.parametrize("name", ["drn_d_105", "new.one"])
def test_a_taken_or_dotted_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        register(name, paper="")


def test_defaults_without_a_tag() -> None:
    segmenter = segmenters.create("drn_d_22_quarter")
    assert (segmenter.num_classes, segmenter.input_scale, segmenter.training, segmenter.loaded) == (
        19,
        1.0,
        False,
        None,
    )


@pytest.mark.parametrize("classes", [0, -1])
def test_a_number_of_classes_must_be_positive(classes: int) -> None:
    with pytest.raises(SegmenterError, match=f"num_classes is {classes}"):
        segmenters.create("drn_d_22_quarter", classes)


def test_readings_are_a_property_of_the_architecture() -> None:
    assert segmenters.info("drn_d_105").readings == ("single", "multi-scale")
    assert segmenters.info("upernet_resnet101.ade20k").readings == ("single", "multi-scale")
    assert segmenters.info("deeplabv2_resnet101").readings == ("msc", "single")
    assert segmenters.info("mmseg:any").readings == ("single",)
    for name, reading, found in (
        ("drn_d_22_quarter", "default", "single"),
        ("drn_d_22_quarter", "multi-scale", "multi-scale"),
    ):
        assert segmenters.create(name, reading=reading).reading == found
    with torch.device("meta"):
        assert segmenters.create("deeplabv2_resnet101").reading == "msc"


@pytest.mark.parametrize("arch", ["drn_d_22_quarter", "upernet_resnet18", "deeplabv2_resnet101"])
def test_what_is_registered_is_what_the_network_does(arch: str) -> None:
    with torch.device("meta"):
        assert segmenters.create(arch).readings == segmenters.info(arch).readings


@pytest.mark.parametrize("name", ["drn_d_22_quarter", "mmseg:upernet_r18_4xb4-160k_ade20k-512x512"])
def test_an_unknown_reading_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(SegmenterError, match=rf"{name} has no reading 'msc'; it has single"):
        segmenters.create(name, reading="msc")


def test_published_scores_stand_with_the_weights() -> None:
    found = {
        (f"{arch}.{weights.tag}", score.reading): score.miou
        for arch in segmenters.names()
        for weights in segmenters.info(arch).weights
        for score in weights.real_scores
    }
    assert found == {
        ("drn_d_105.cityscapes", "single"): 0.756,
        ("upernet_resnet101.ade20k", "single"): 0.42,
        ("upernet_resnet101.ade20k", "multi-scale"): 0.4266,
        ("deeplabv2_resnet101.coco_stuff", "msc"): 0.391,
    }
    for arch in segmenters.names():
        info = segmenters.info(arch)
        assert all(score.reading in info.readings for weights in info.weights for score in weights.real_scores)
