import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import segmenters
from segmenters.upernet import BasicBlock, Bottleneck, Decoder, Encoder, UPerNet
from tests.golden._key_hash import refill_all

PLANES = (4, 6, 8, 10)


def narrow(block: type[BasicBlock | Bottleneck] = BasicBlock, dilated: bool = False, scale: float = 1.0) -> UPerNet:
    decoder = Decoder(5, [planes * block.expansion for planes in PLANES], width=9, ppm_width=6)
    network = UPerNet(Encoder(block, (1, 1, 2, 2), dilated, PLANES, (4, 4, 6)), decoder, 5, 8 if dilated else 32, scale)
    refill_all(network)
    return network.eval()


@pytest.mark.parametrize(
    ("arch", "encoder", "classes", "decoder"),
    [
        ("upernet_resnet18", 11_324_992, 150, None),
        ("upernet_resnet18dilated", 11_324_992, 150, None),
        ("upernet_resnet50", 23_631_808, 150, 40_590_486),
        ("upernet_resnet101", 42_623_936, 150, 40_590_486),
        ("upernet_resnet101dilated", 42_623_936, 150, 40_590_486),
    ],
)
def test_size_of_the_networks(arch: str, encoder: int, classes: int, decoder: int | None) -> None:
    """The counts stand with the fixtures of the official code."""
    with torch.device("meta"):
        segmenter = segmenters.create(arch, classes)
    assert isinstance(segmenter, UPerNet)
    assert sum(p.numel() for p in segmenter.encoder.parameters()) == encoder
    if decoder is not None:
        assert sum(p.numel() for p in segmenter.decoder.parameters()) == decoder


def test_key_layout_is_the_official_one() -> None:
    with torch.device("meta"):
        state = segmenters.create("upernet_resnet101", 150).state_dict()
    assert state["encoder.conv3.weight"].shape == (128, 64, 3, 3)
    assert state["encoder.layer1.0.downsample.0.weight"].shape == (256, 128, 1, 1)
    assert state["decoder.ppm_conv.3.0.weight"].shape == (512, 2048, 1, 1)
    assert state["decoder.ppm_last_conv.0.weight"].shape == (512, 4096, 3, 3)
    assert state["decoder.fpn_in.0.0.weight"].shape == (512, 256, 1, 1)
    assert state["decoder.fpn_out.2.0.0.weight"].shape == (512, 512, 3, 3)
    assert state["decoder.conv_last.0.0.weight"].shape == (512, 2048, 3, 3)
    assert state["decoder.conv_last.1.bias"].shape == (150,)
    assert {key.split(".")[0] for key in state} == {"encoder", "decoder"}


@pytest.mark.parametrize(
    ("dilated", "sizes"), [(False, [(16, 24), (8, 12), (4, 6), (2, 3)]), (True, [(16, 24), (8, 12), (8, 12), (8, 12)])]
)
def test_strides_of_the_encoder(dilated: bool, sizes: list[tuple[int, int]]) -> None:
    features = narrow(dilated=dilated).encoder(torch.zeros(1, 3, 64, 96))
    assert [tuple(x.shape[-2:]) for x in features] == sizes


@pytest.mark.parametrize(("block", "kernels"), [(BasicBlock, ("conv1", "conv2")), (Bottleneck, ("conv2",))])
def test_the_kernel_that_had_the_stride_widens_half_as_much(
    block: type[BasicBlock | Bottleneck], kernels: tuple[str, ...]
) -> None:
    encoder = narrow(block, dilated=True).encoder
    for stage, dilation in ((encoder.layer3, 2), (encoder.layer4, 4)):
        found = [getattr(part, kernel).dilation[0] for part in stage for kernel in kernels]
        assert found == [dilation // 2] + [dilation] * (len(found) - 1)
        assert stage[0].downsample[0].stride == (1, 1)


@pytest.mark.parametrize(
    ("own", "reading", "expected"),
    [
        ((256, 256), "multi-scale", [(320, 320), (384, 384), (480, 480), (544, 544), (608, 608)]),
        # 4:1: the long side of 1000 holds the factor down to 2.5 from the second size on
        ((100, 400), "multi-scale", [(256, 1024)] * 5),
        ((512, 683), "multi-scale", [(320, 416), (384, 512), (480, 608), (544, 704), (608, 800)]),
        ((256, 256), "single", [(256, 256)]),
        ((255, 257), "single", [(256, 288)]),
        ((1, 1), "single", [(32, 32)]),
    ],
)
def test_sizes_that_are_read(own: tuple[int, int], reading: str, expected: list[tuple[int, int]]) -> None:
    """256 x 256: the five sizes that protocols quote; the others by hand."""
    network = narrow()
    network.reading = reading
    assert network.sizes(own) == expected


def test_sizes_of_a_dilated_network_are_multiples_of_its_stride() -> None:
    network = narrow(dilated=True)
    assert network.sizes((255, 257)) == [(256, 264)]
    network.reading = "multi-scale"
    assert network.sizes((256, 256)) == [(304, 304), (376, 376), (456, 456), (528, 528), (600, 600)]


def by_hand(network: UPerNet, image: Tensor, sizes: list[tuple[int, int]], target: tuple[int, int]) -> Tensor:
    """The definition: Pillow, one softmax map at label size for each input, their mean."""
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    std = np.array([0.229, 0.224, 0.225], np.float32)
    maps = []
    for height, width in sizes:
        picture = Image.fromarray(image.permute(1, 2, 0).numpy()).resize((width, height), Image.Resampling.BILINEAR)
        x = (np.asarray(picture, np.float32) / 255 - mean) / std
        logits = network.decoder(network.encoder(torch.from_numpy(x).permute(2, 0, 1)[None]))
        maps.append(torch.nn.functional.interpolate(logits, target, mode="bilinear").softmax(dim=1))
    return torch.stack(maps).mean(dim=0)


@pytest.mark.parametrize("target", [None, (31, 17)])
@pytest.mark.parametrize("reading", ["single", "multi-scale"])
@torch.no_grad()
def test_readings(images: Tensor, reading: str, target: tuple[int, int] | None) -> None:
    network = narrow(scale=0.1)
    network.reading = reading
    sizes = [(32, 32)] if reading == "single" else [(32, 64), (64, 64), (64, 96), (64, 96), (64, 128)]
    assert network.sizes((12, 20)) == sizes
    expected = torch.cat([by_hand(network, image, sizes, target or (12, 20)) for image in images])
    torch.testing.assert_close(network.evidence(images, target), expected, rtol=1e-4, atol=1e-6)
    assert torch.equal(network(images, target), expected.argmax(dim=1))
    torch.testing.assert_close(network.log_probabilities(images, target), expected.log(), rtol=1e-4, atol=1e-5)


def test_every_parameter_has_a_gradient() -> None:
    network = narrow().train()
    image = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    network.scores(image).square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []
