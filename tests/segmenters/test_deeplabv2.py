import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import segmenters
from segmenters.deeplabv2 import DeepLabV2
from tests.golden._key_hash import refill_all


def narrow(reading: str = "msc") -> DeepLabV2:
    network = DeepLabV2((1, 2, 2, 1), 5, widths=(4, 8, 12, 16, 20))
    network.reading = reading
    refill_all(network)
    return network.eval()


def test_size_of_the_network() -> None:
    """The count stands with the fixture of the official code."""
    with torch.device("meta"):
        segmenter = segmenters.create("deeplabv2_resnet101", 182)
    assert sum(p.numel() for p in segmenter.parameters()) == 55_919_384


def test_key_layout_is_the_official_one() -> None:
    with torch.device("meta"):
        state = segmenters.create("deeplabv2_resnet101", 182).state_dict()
    assert state["base.layer1.conv1.conv.weight"].shape == (64, 3, 7, 7)
    assert state["base.layer2.block1.shortcut.conv.weight"].shape == (256, 64, 1, 1)
    assert state["base.layer4.block23.conv3x3.bn.running_var"].shape == (256,)
    assert state["base.layer5.block3.increase.conv.weight"].shape == (2048, 512, 1, 1)
    assert state["base.aspp.c3.weight"].shape == (182, 2048, 3, 3)
    assert "base.layer2.block2.shortcut.conv.weight" not in state


def test_the_network_sees_bgr_bytes_minus_means() -> None:
    image = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).repeat(1, 3, 1, 1)
    seen = narrow().normalise(image.float() / 255)
    expected = image.float() - torch.tensor([104.008, 116.669, 122.675]).view(3, 1, 1)
    assert torch.equal(seen, expected)
    red = torch.tensor([255.0, 0, 0]).view(1, 3, 1, 1) / 255
    assert narrow().normalise(red).flatten().tolist() == pytest.approx([-104.008, -116.669, 255 - 122.675], abs=1e-4)


def test_strides_and_dilations() -> None:
    network = narrow()
    assert network.base.layer3.block1.reduce.conv.stride == (2, 2)  # Caffe's place for it
    assert network.base.layer3.block1.conv3x3.conv.stride == (1, 1)
    found = [block.conv3x3.conv.dilation[0] for stage in (2, 3, 4, 5) for block in network.base[stage - 1].children()]
    assert found == [1, 1, 1, 2, 2, 4]
    assert [conv.dilation[0] for conv in network.base.aspp.children()] == [6, 12, 18, 24]
    # 65: 33 after the convolution, 17 after a pooling that rounds up, 9 after the last stride
    assert network.logits(torch.zeros(1, 3, 65, 81)).shape == (1, 5, 9, 11)


@torch.no_grad()
def test_msc_is_the_largest_score_over_three_sizes(images: Tensor) -> None:
    network = narrow()
    x = network.normalise(images.float() / 255)
    scores = network.base(x)
    for size in ((6, 10), (9, 15)):
        small = network.base(F.interpolate(x, size, mode="bilinear"))
        scores = torch.maximum(scores, F.interpolate(small, scores.shape[-2:], mode="bilinear"))
    torch.testing.assert_close(network.logits(x), scores, rtol=1e-4, atol=1e-3)
    for size in (None, (25, 31)):
        full = F.interpolate(scores, size or (12, 20), mode="bilinear")
        assert torch.equal(network(images, size), full.argmax(dim=1))


@torch.no_grad()
def test_single_is_one_of_them(images: Tensor) -> None:
    single, several = narrow("single"), narrow()
    x = single.normalise(images.float() / 255)
    torch.testing.assert_close(single.logits(x), single.base(x), rtol=1e-5, atol=1e-3)
    assert (several.logits(x) >= single.logits(x)).all()
    assert not torch.equal(several.logits(x), single.logits(x))


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2)])
def test_images_that_have_no_half_are_labelled(size: tuple[int, int]) -> None:
    assert narrow()(torch.zeros(1, 3, *size, dtype=torch.uint8)).shape == (1, *size)


def test_every_parameter_has_a_gradient() -> None:
    network = narrow().train()
    image = torch.randint(0, 256, (2, 3, 65, 65), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    network.scores(image).square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []
