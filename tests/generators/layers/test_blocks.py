import pytest
import torch
from torch import nn
from torch.nn import functional as F

from generators import xavier_init
from generators.layers.blocks import DEEP, ResidualBlock, SpadeBlock, convolve
from generators.layers.norms import CondPyramid, spectral_norm


@pytest.mark.parametrize("fout", [4, 6])
def test_the_spade_block(fout: int) -> None:
    torch.manual_seed(0)
    block = SpadeBlock(6, fout, cond_channels=3, hidden=4).eval()
    x, cond = torch.randn(2, 6, 4, 8), CondPyramid(torch.rand(2, 3, 8, 16))
    skip = block.conv_s(block.norm_s(x, cond)) if fout != 6 else x  # no activation on the skip path
    dx = block.conv_0(F.leaky_relu(block.norm_0(x, cond), 0.2))
    dx = block.conv_1(F.leaky_relu(block.norm_1(dx, cond), 0.2))
    torch.testing.assert_close(block(x, cond), skip + dx)
    assert block.conv_0.out_channels == min(6, fout)
    assert hasattr(block, "conv_s") == (fout != 6)
    assert fout == 6 or block.conv_s.bias is None


def test_sums_over_many_channels_round_less_by_blocks() -> None:
    torch.manual_seed(0)
    conv, x = nn.Conv2d(2 * DEEP, 8, 3, padding=1), torch.randn(1, 2 * DEEP, 8, 16)
    exact = F.conv2d(x.double(), conv.weight.double(), conv.bias.double(), padding=1)
    last = x.contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        ours = convolve(conv, last)
        assert torch.equal(ours, conv(x))
        assert ours.is_contiguous(memory_format=torch.channels_last)
        assert (ours - exact).abs().max() <= (conv(last) - exact).abs().max()
    assert torch.equal(convolve(conv, last), conv(last))  # trainings keep their numbers


def test_the_residual_block_pads_by_reflection_and_ends_in_a_sum() -> None:
    torch.manual_seed(0)
    block = ResidualBlock(3)
    x = torch.randn(2, 3, 6, 8)
    norm, pad = nn.InstanceNorm2d(3), nn.ReflectionPad2d(1)
    y = F.relu(norm(F.conv2d(pad(x), block.conv1.weight, block.conv1.bias)))
    y = norm(F.conv2d(pad(y), block.conv2.weight, block.conv2.bias))
    torch.testing.assert_close(block(x), x + y, atol=1e-5, rtol=1e-5)


def test_initial_weights_are_xavier_normal() -> None:
    torch.manual_seed(0)
    conv, dense = spectral_norm(nn.Conv2d(60, 40, 3)), nn.Linear(500, 300)
    up, norm = nn.ConvTranspose2d(40, 60, 3), nn.BatchNorm2d(7)
    before = conv.weight_u.clone()
    xavier_init(nn.Sequential(conv, dense, up, norm), gain=0.02)
    # gain * sqrt(2 / (fan in + fan out))
    assert conv.weight_orig.std().item() == pytest.approx(0.02 * (2 / (60 * 9 + 40 * 9)) ** 0.5, rel=0.02)
    assert up.weight.std().item() == pytest.approx(0.02 * (2 / (60 * 9 + 40 * 9)) ** 0.5, rel=0.02)
    assert dense.weight.std().item() == pytest.approx(0.02 * (2 / 800) ** 0.5, rel=0.02)
    assert all(not layer.bias.any() for layer in (conv, dense, up) if layer.bias is not None)
    assert torch.equal(conv.weight_u, before)
    assert torch.equal(norm.weight, torch.ones(7))
