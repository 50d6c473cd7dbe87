import pytest
import torch
from torch import Tensor

import segmenters
from segmenters import Segmenter, SegmenterError, by_name


class Channels(Segmenter):
    """The score of a class is a channel of the image."""

    def __init__(self, names: tuple[str, ...] | None = ("road", "side-walk ", "Traffic_Light")) -> None:
        super().__init__(3, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
        self.class_names = names

    def logits(self, normalised: Tensor) -> Tensor:
        return normalised


def pixel(*rgb: int) -> Tensor:
    return torch.tensor(rgb, dtype=torch.uint8).view(1, 3, 1, 1)


def test_positions_in_another_list() -> None:
    mapped = by_name(Channels().eval(), ["traffic light", "Road", "SIDE WALK"])
    assert [mapped(pixel(*rgb)).item() for rgb in ((9, 5, 1), (5, 9, 1), (5, 1, 9))] == [1, 2, 0]
    assert mapped.num_classes == 3
    assert mapped.class_names == ("traffic light", "Road", "SIDE WALK")


def test_the_same_list_needs_no_mapping() -> None:
    segmenter = Channels()
    assert by_name(segmenter, ["Road", "side walk", "traffic light"]) is segmenter


def test_classes_that_nobody_asks_for_are_left_out_of_the_arg_max() -> None:
    mapped = by_name(Channels().eval(), ["side walk", "road"])
    assert mapped(pixel(3, 2, 9)).item() == 1
    total = mapped.log_probabilities(pixel(3, 2, 9)).exp().sum(dim=1)
    torch.testing.assert_close(total, torch.ones(1, 1, 1))


def test_classes_that_may_be_lacking_are_never_given() -> None:
    with pytest.raises(SegmenterError, match=r"lacks 1 of the 3 classes asked for: sky\. It knows road, side-walk"):
        by_name(Channels(), ["sky", "road", "side walk"], never=["hat"])
    mapped = by_name(Channels().eval(), ["sky", "road", "side walk"], never=["Sky"])
    assert [mapped(pixel(*rgb)).item() for rgb in ((0, 0, 9), (0, 1, 0))] == [1, 2]
    assert mapped.log_probabilities(pixel(0, 0, 0))[0, 0].item() == -torch.inf


@pytest.mark.parametrize(
    ("names", "classes", "message"),
    [
        (None, ["road"], "does not come with the names"),
        (("car", "Car", "road"), ["road", "car"], "several classes are called 'car'"),
        (("car", "bus", "road"), ["car", "CAR"], "several classes are called 'car'"),
    ],
)
def test_names_that_do_not_tell(names: tuple[str, ...] | None, classes: list[str], message: str) -> None:
    with pytest.raises(SegmenterError, match=message):
        by_name(Channels(names), classes)


def test_a_mapped_segmenter_reads_as_the_one_below(images: Tensor) -> None:
    network = segmenters.create("drn_d_22_quarter", 4, reading="multi-scale")
    network.class_names = ("a", "b", "c", "d")
    mapped = by_name(network, ["c", "a", "d", "b"])
    assert (mapped.reading, mapped.training) == ("multi-scale", False)
    place = torch.tensor([1, 3, 0, 2])
    assert torch.equal(mapped(images, (9, 9)), place[network(images, (9, 9))])
    torch.testing.assert_close(
        mapped.log_probabilities(images), network.log_probabilities(images)[:, [2, 0, 3, 1]], rtol=1e-5, atol=1e-5
    )
    with pytest.raises(SegmenterError, match=r"Call \.eval\(\)"):
        mapped.train()(images)
