import math

import numpy as np
import pytest
import torch
from PIL import Image

import segmenters
from segmenters.drn import DRN, MEAN, STD, BasicBlock, Bottleneck, bilinear_kernel
from tests.golden.drn import refill


def refill_all(network: DRN) -> DRN:
    """Make every weight a function of its name."""
    network.load_state_dict({key: refill(key, tuple(x.shape)) for key, x in network.state_dict().items()})
    return network


def quarter(num_classes: int) -> DRN:
    network = segmenters.create("drn_d_22_quarter", num_classes)
    assert isinstance(network, DRN)
    return refill_all(network)


@pytest.mark.parametrize(
    ("arch", "parameters"), [("drn_d_22", 15_895_363), ("drn_d_105", 54_302_915), ("drn_d_22_quarter", 1_002_511)]
)
def test_size_of_the_networks(arch: str, parameters: int) -> None:
    """The two official counts stand with the fixtures of the official code; both include the fixed upsampling."""
    with torch.device("meta"):
        segmenter = segmenters.create(arch)
    assert sum(p.numel() for p in segmenter.parameters()) == parameters


def test_key_layout_is_the_official_one() -> None:
    state = segmenters.create("drn_d_22").state_dict()
    assert state["base.0.0.weight"].shape == (16, 3, 7, 7)
    assert state["base.3.0.downsample.0.weight"].shape == (64, 32, 1, 1)
    assert state["base.6.1.bn2.running_var"].shape == (512,)
    assert state["seg.weight"].shape == (19, 512, 1, 1)
    assert state["up.weight"].shape == (19, 1, 16, 16)
    assert {key.split(".")[0] for key in state} == {"base", "seg", "up"}
    assert "base.3.1.downsample.0.weight" not in state


WIDTHS = (4, 4, 8, 8, 12, 16, 20, 24, 28)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (segmenters.create("drn_d_22", 5), [-0.377013, -0.229825, -0.067561, 0.120297, -0.081920]),
        (DRN(BasicBlock, (1, 2, 1, 2), WIDTHS, 5), [-0.129222, -0.006310, -0.070402, 0.173246, -0.022379]),
        (DRN(Bottleneck, (1, 2, 1, 2), WIDTHS, 5), [-0.131533, -0.086974, -0.056393, 0.114031, 0.070563]),
    ],
    ids=["drn_d_22", "small basic", "small bottleneck"],
)
def test_outputs_with_weights_made_from_names(network: DRN, expected: list[float]) -> None:
    """Pinned when this code reproduced the official DRN-D-22 and DRN-D-105 (`tests/golden/drn.py`) to 1e-6."""
    rows, columns = torch.arange(24).view(-1, 1), torch.arange(40).view(1, -1)
    image = torch.stack([rows * 10 + columns * 3, rows * 7 + 0 * columns, columns * 6 + 0 * rows]).to(torch.uint8)
    refill_all(network.eval())
    torch.testing.assert_close(network.scores(image[None])[0, :, 11, 17], torch.tensor(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (12, 20), (17, 31)])
def test_any_image_size_comes_back(size: tuple[int, int]) -> None:
    segmenter = segmenters.create("drn_d_22_quarter", 3)
    assert segmenter(torch.zeros(1, 3, *size, dtype=torch.uint8)).shape == (1, *size)


def test_a_size_that_is_no_multiple_of_8_is_the_rounded_up_grid_cut_off() -> None:
    segmenter = quarter(4)
    x = torch.randn(1, 3, 18, 28, generator=torch.Generator().manual_seed(0))
    grid = segmenter.seg(segmenter.base(x))
    assert grid.shape == (1, 4, math.ceil(18 / 8), math.ceil(28 / 8))
    torch.testing.assert_close(segmenter.logits(x), segmenter.up(grid)[..., :18, :28])


def test_an_image_does_not_see_its_batch() -> None:
    segmenter = quarter(4)
    images = torch.randint(0, 256, (3, 3, 16, 24), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    alone = torch.cat([segmenter.scores(images[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(segmenter.scores(images), alone, rtol=1e-5, atol=1e-5)


def test_every_trained_parameter_has_a_gradient_and_the_upsampling_is_fixed() -> None:
    segmenter = quarter(3).train()
    image = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    segmenter.scores(image).square().sum().backward()
    without = [name for name, p in segmenter.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == ["up.weight"]


def test_upsampling_kernel() -> None:
    """v_i = 1 - |i / 8 - 15 / 16|; the phases of a stride of 8 each sum to 1, so constants stay constant."""
    kernel = bilinear_kernel(16)
    assert kernel[0, 0].item() == (1 / 16) ** 2
    assert kernel.sum().item() == pytest.approx(64)
    torch.testing.assert_close(kernel.view(2, 8, 2, 8).sum(dim=(0, 2)), torch.ones(8, 8))


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
@pytest.mark.parametrize(("stride", "dilation", "size"), [(1, 4, (9, 11)), (2, 1, (5, 6))])
def test_blocks_keep_their_size_under_dilation(
    block: type[BasicBlock | Bottleneck], stride: int, dilation: int, size: tuple[int, int]
) -> None:
    y = block(6, 4, stride, dilation)(torch.randn(2, 6, 9, 11))
    assert y.shape == (2, 4 * block.expansion, *size)
    assert (y >= 0).all()


def test_a_block_that_keeps_size_and_width_has_no_projection() -> None:
    assert BasicBlock(8, 8, 1, 2).downsample is None
    assert Bottleneck(8, 8, 1, 2).downsample is not None


def log_maps(segmenter: DRN, picture: Image.Image) -> np.ndarray:
    """Log-probabilities (C, h, w) of a picture on the network's own grid, by the published statistics."""
    x = (np.asarray(picture, np.float32) / 255 - np.float32(MEAN)) / np.float32(STD)
    x = torch.from_numpy(x).permute(2, 0, 1)[None]
    return segmenter.up(segmenter.seg(segmenter.base(x))).log_softmax(dim=1)[0].numpy()


@torch.no_grad()
def test_multi_scale_is_pillow_there_and_back() -> None:
    """The definition (`--ms`): bicubic images of truncated sizes, bilinear maps channel by channel, their sum."""
    segmenter = quarter(4)
    segmenter.reading = "multi-scale"
    image = torch.randint(0, 256, (1, 3, 21, 30), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    picture = Image.fromarray(image[0].permute(1, 2, 0).numpy())
    total = np.zeros((4, 21, 30))
    for width, height in ((30, 21), (15, 10), (22, 15), (37, 26), (45, 31), (52, 36)):
        for index, plane in enumerate(log_maps(segmenter, picture.resize((width, height), Image.Resampling.BICUBIC))):
            total[index] += np.asarray(Image.fromarray(plane).resize((30, 21), Image.Resampling.BILINEAR))
    expected = torch.from_numpy(total)[None].float()
    torch.testing.assert_close(segmenter.evidence(image), expected, rtol=1e-5, atol=1e-4)
    assert torch.equal(segmenter(image), expected.argmax(dim=1))


@torch.no_grad()
def test_labels_of_another_size_are_read_off_log_probabilities_that_pillow_resizes() -> None:
    segmenter = quarter(4)
    image = torch.randint(0, 256, (1, 3, 16, 24), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    maps = log_maps(segmenter, Image.fromarray(image[0].permute(1, 2, 0).numpy()))
    resized = [np.asarray(Image.fromarray(plane).resize((96, 64), Image.Resampling.BILINEAR)) for plane in maps]
    expected = torch.from_numpy(np.stack(resized))[None]
    torch.testing.assert_close(segmenter.evidence(image, (64, 96)), expected, rtol=1e-5, atol=1e-5)
    assert torch.equal(segmenter(image, (64, 96)), expected.argmax(dim=1))


@pytest.mark.parametrize("reading", ["single", "multi-scale"])
def test_the_own_size_may_be_asked_for(images: torch.Tensor, reading: str) -> None:
    segmenter = quarter(4)
    segmenter.reading = reading
    for scale in (1.0, 2.0):
        segmenter.input_scale = scale
        assert torch.equal(segmenter(images, (12, 20)), segmenter(images))


def test_multi_scale_labels_an_image_whatever_its_batch(images: torch.Tensor) -> None:
    segmenter = quarter(4)
    segmenter.reading = "multi-scale"
    assert torch.equal(segmenter(images), torch.cat([segmenter(image[None]) for image in images]))
    assert segmenter(images[:0], (5, 6)).shape == (0, 5, 6)
    assert segmenter(torch.zeros(1, 3, 1, 1, dtype=torch.uint8)).shape == (1, 1, 1)
