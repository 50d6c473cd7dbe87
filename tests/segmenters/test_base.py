import pytest
import torch
from torch import Tensor

from segmenters import Segmenter, SegmenterError


class Brightest(Segmenter):
    """Scores of the classes are the normalised channels: the label is the channel that stands out."""

    def __init__(self, input_scale: float = 1.0) -> None:
        super().__init__(3, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 1.0), input_scale=input_scale)
        self.seen: list[tuple[int, ...]] = []

    def logits(self, normalised: Tensor) -> Tensor:
        self.seen.append(tuple(normalised.shape))
        return normalised


def test_images_are_normalised_with_the_networks_statistics() -> None:
    image = torch.tensor([255, 0, 51], dtype=torch.uint8).view(1, 3, 1, 1)
    # (1 - .5) / .5, (0 - .25) / .25, (.2 - 0) / 1
    assert Brightest().scores(image).flatten().tolist() == pytest.approx([1.0, -1.0, 0.2])


def test_labels_and_log_probabilities_agree(images: Tensor) -> None:
    segmenter = Brightest().eval()
    labels, log_probabilities = segmenter(images), segmenter.log_probabilities(images)
    assert (labels.dtype, labels.shape) == (torch.int64, (2, 12, 20))
    assert (log_probabilities.dtype, log_probabilities.shape) == (torch.float32, (2, 3, 12, 20))
    assert torch.equal(labels, log_probabilities.argmax(dim=1))
    torch.testing.assert_close(log_probabilities.exp().sum(dim=1), torch.ones(2, 12, 20))


@pytest.mark.parametrize(("scale", "seen"), [(2.0, (24, 40)), (0.5, (6, 10)), (1.3, (16, 26)), (0.01, (1, 1))])
def test_input_scale_changes_what_the_network_sees_and_not_what_the_caller_gets(
    images: Tensor, scale: float, seen: tuple[int, int]
) -> None:
    segmenter = Brightest(input_scale=scale).eval()
    assert segmenter(images).shape == (2, 12, 20)
    assert segmenter.seen == [(2, 3, *seen)]


def test_resizing_scores_gives_the_labels_of_resized_log_probabilities(images: Tensor) -> None:
    segmenter = Brightest(input_scale=2.0).eval()
    large = torch.nn.functional.interpolate(images.float() / 255, scale_factor=2, mode="bilinear")
    at_input = ((large - segmenter.mean) / segmenter.std).log_softmax(dim=1)
    back = torch.nn.functional.interpolate(at_input, images.shape[-2:], mode="bilinear")
    assert torch.equal(segmenter(images), back.argmax(dim=1))


def test_a_constant_image_stays_constant_under_any_scale() -> None:
    image = torch.full((1, 3, 7, 9), 100, dtype=torch.uint8)
    reference = Brightest().scores(image)
    for scale in (0.4, 1.7, 3.0):
        torch.testing.assert_close(Brightest(scale).scores(image), reference)


@pytest.mark.parametrize(
    "image",
    [
        torch.zeros(1, 3, 4, 4),
        torch.zeros(3, 4, 4, dtype=torch.uint8),
        torch.zeros(1, 1, 4, 4, dtype=torch.uint8),
        torch.zeros(1, 3, 0, 4, dtype=torch.uint8),
    ],
    ids=["float", "no batch", "grey", "empty"],
)
def test_other_images_are_refused_with_what_is_expected(image: Tensor) -> None:
    with pytest.raises(SegmenterError, match=r"it takes torch\.uint8 of shape \(N, 3, H, W\)"):
        Brightest().eval()(image)


def test_an_empty_batch_gives_an_empty_batch() -> None:
    assert Brightest().eval()(torch.zeros(0, 3, 4, 6, dtype=torch.uint8)).shape == (0, 4, 6)


def test_training_mode_is_refused(images: Tensor) -> None:
    segmenter = Brightest().train()
    for labelling in (segmenter, segmenter.log_probabilities):
        with pytest.raises(SegmenterError, match=r"Call \.eval\(\)"):
            labelling(images)


def test_labelling_keeps_no_graph_and_training_does(images: Tensor) -> None:
    segmenter = Brightest().eval()
    segmenter.std.requires_grad_(True)
    assert not segmenter.log_probabilities(images).requires_grad
    assert segmenter.scores(images).requires_grad


def test_statistics_are_no_part_of_the_state() -> None:
    assert Brightest().state_dict() == {}


@pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
def test_a_scale_must_be_positive(scale: float) -> None:
    with pytest.raises(SegmenterError, match="input_scale"):
        Brightest(scale)


@pytest.mark.parametrize("size", [(24, 40), (5, 7), (12, 20)])
def test_label_maps_have_the_size_that_is_asked_for(images: Tensor, size: tuple[int, int]) -> None:
    segmenter = Brightest().eval()
    scores = torch.nn.functional.interpolate(segmenter.scores(images), size, mode="bilinear")
    assert torch.equal(segmenter(images, size), scores.argmax(dim=1))
    assert segmenter.log_probabilities(images, size).shape == (2, 3, *size)


@pytest.mark.parametrize("size", [(0, 4), (4, -1)])
def test_a_size_must_be_positive(images: Tensor, size: tuple[int, int]) -> None:
    with pytest.raises(SegmenterError, match=f"label maps of {size[0]}x{size[1]} were asked for"):
        Brightest().eval()(images, size)
