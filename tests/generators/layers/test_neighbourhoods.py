from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from generators.layers import norms
from generators.layers.neighbourhoods import Count, convolve, palette_of, windows_of
from generators.layers.norms import CondPyramid, SpadeNorm
from tests.generators.tiny import random_cond

SIZE = (32, 64)


def regions(n: int = 2, noise: bool = False) -> Tensor:
    """Layouts of three labels in large regions, with an edge bit; with noise, a vector for each image before them."""
    layout = torch.zeros(n, *SIZE, dtype=torch.long)
    layout[:, 10:] = 1
    for i in range(n):
        layout[i, 20:27, 5 + i : 40] = 2
    edges = torch.zeros(n, 1, *SIZE)
    edges[:, :, 9:11] = 1
    parts = [F.one_hot(layout, 3).permute(0, 3, 1, 2).float(), edges]
    if noise:
        vectors = torch.randn(n, 5, 1, 1, generator=torch.Generator().manual_seed(0))
        parts.insert(0, vectors.expand(-1, -1, *SIZE))
    return torch.cat(parts, dim=1)


def built(channels: int = 7, cond_channels: int = 4, hidden: int = 32) -> SpadeNorm:
    torch.manual_seed(0)
    norm = SpadeNorm(channels, cond_channels, hidden).eval()
    norm.param_free_norm.running_mean = torch.randn(channels)
    norm.param_free_norm.running_var = torch.rand(channels) + 0.5
    return norm


def features(n: int, channels: int, size: tuple[int, int]) -> Tensor:
    return torch.randn(n, channels, *size, generator=torch.Generator().manual_seed(1)) * 3 + 1


def plain(norm: SpadeNorm, x: Tensor, cond: Tensor) -> Tensor:
    """The norm as its paper writes it."""
    hidden = norm.mlp_shared(F.interpolate(cond, size=x.shape[2:], mode="nearest"))
    return norm.param_free_norm(x) * (1 + norm.mlp_gamma(hidden)) + norm.mlp_beta(hidden)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each call of a norm, whether it went by neighbourhoods."""
    calls: list[bool] = []
    decide = SpadeNorm._worthwhile

    def noted(self: SpadeNorm, x: Tensor, cond: CondPyramid) -> object:
        calls.append((shared := decide(self, x, cond)) is not None)
        return shared

    monkeypatch.setattr(SpadeNorm, "_worthwhile", noted)
    return calls


def test_a_palette_holds_each_vector_once_in_order_of_appearance() -> None:
    cond = torch.tensor([[[[5.0, 5.0, 2.0, 5.0] * 3]], [[[2.0, 2.0, 7.0, 7.0] * 3]]])
    found = palette_of(cond)
    assert found is not None
    palette, numbers = found
    assert palette.tolist() == [[5.0], [2.0], [7.0]]
    assert numbers[:, 0, :4].tolist() == [[0, 0, 1, 0], [1, 1, 2, 2]]


def test_windows_by_hand() -> None:
    windows = windows_of(torch.tensor([[[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]]), outside=1)
    assert windows is not None
    assert windows.at.tolist() == [[[0, 1, 1, 2], [3, 4, 4, 5], [6, 7, 7, 8]]]
    assert windows.members[0].tolist() == [1, 1, 1, 1, 0, 0, 1, 0, 0]
    assert windows.members[4].tolist() == [0] * 9
    assert windows.members[8].tolist() == [0, 0, 1, 0, 0, 1, 1, 1, 1]


def test_a_convolution_of_windows_is_the_convolution_of_the_map() -> None:
    numbers = torch.randint(0, 3, (2, 6, 9), generator=torch.Generator().manual_seed(0))
    windows = windows_of(numbers, outside=3)
    assert windows is not None
    rows, weight, bias = torch.randn(3, 5), torch.randn(70, 5, 3, 3), torch.randn(70)  # more than a block
    expected = F.conv2d(rows[numbers].permute(0, 3, 1, 2), weight, bias, padding=1)
    got = convolve(rows, windows, weight, bias)[windows.at].permute(0, 3, 1, 2)
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)


def test_vectors_that_a_hash_cannot_tell_apart_are_told_apart() -> None:
    """A difference far below the rounding of a projection; the palette gives up instead of mixing them."""
    cond = torch.full((1, 2, 4, 8), 1e8)
    cond[:, 1] = 0
    cond[:, 1, 2:] = 1e-8
    assert palette_of(cond) is None


def test_windows_that_a_hash_cannot_tell_apart_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "randint", lambda low, high, size, generator: torch.full(size, -1))  # a plain sum
    assert windows_of(torch.tensor([[[0, 1, 0, 0, 0, 2, 1, 0]]]), outside=0) is None


@torch.no_grad()
@pytest.mark.parametrize("noise", [False, True], ids=["layout", "with noise"])
@pytest.mark.parametrize("size", [SIZE, (16, 32)])
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_the_norm_is_the_plain_one(
    noise: bool, size: tuple[int, int], memory_format: torch.memory_format, taken: list[bool]
) -> None:
    cond = regions(noise=noise)
    norm, x = built(cond_channels=cond.shape[1]), features(2, 7, size).contiguous(memory_format=memory_format)
    torch.testing.assert_close(norm(x, CondPyramid(cond)), plain(norm, x, cond), atol=1e-5, rtol=0)
    assert taken == [True]


@torch.no_grad()
def test_more_pixels_than_are_modulated_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(norms, "ROWS", 100)
    norm, x, cond = built(), features(2, 7, SIZE), regions()
    torch.testing.assert_close(norm(x, CondPyramid(cond)), plain(norm, x, cond), atol=1e-5, rtol=0)


@torch.no_grad()
def test_borders_are_padded_with_zeros() -> None:
    """A layout of one label: whatever differs at the border is the padding of the two convolutions."""
    cond = torch.zeros(1, 4, *SIZE)
    cond[:, 2] = 1
    norm, x = built(), features(1, 7, SIZE)
    pyramid = CondPyramid(cond)
    shared = pyramid.neighbourhoods(x)
    assert shared is not None
    assert shared.count == Count(pixels=2048, small=9, large=25)
    torch.testing.assert_close(norm(x, pyramid), plain(norm, x, cond), atol=1e-5, rtol=0)


@torch.no_grad()
def test_unlabelled_pixels_are_not_the_outside() -> None:
    cond = regions()
    cond[:, :, :, -9:] = 0
    norm, x = built(), features(2, 7, SIZE)
    torch.testing.assert_close(norm(x, CondPyramid(cond)), plain(norm, x, cond), atol=1e-5, rtol=0)


def test_all_norms_of_a_resolution_share_their_neighbourhoods() -> None:
    pyramid = CondPyramid(regions())
    first = pyramid.neighbourhoods(torch.empty(2, 3, 16, 32))
    assert first is not None
    assert pyramid.neighbourhoods(torch.empty(2, 9, 16, 32)) is first


@pytest.mark.parametrize("noise", ["pixel", "soft labels"])
def test_a_condition_that_differs_everywhere_is_convolved(noise: str, taken: list[bool]) -> None:
    cond = regions()
    rng = torch.Generator().manual_seed(0)
    if noise == "pixel":
        cond = torch.cat((torch.randn(2, 3, *SIZE, generator=rng), cond), dim=1)
    else:
        cond[:, :3] = torch.rand(2, 3, *SIZE, generator=rng).softmax(dim=1)
    norm, x = built(cond_channels=cond.shape[1]), features(2, 7, SIZE)
    with torch.no_grad():
        torch.testing.assert_close(norm(x, CondPyramid(cond)), plain(norm, x, cond), atol=1e-5, rtol=0)
    assert taken == [False]


@torch.no_grad()
def test_small_maps_and_noisy_layouts_are_convolved(taken: list[bool]) -> None:
    norm = built()
    norm(features(1, 7, (2, 4)), CondPyramid(regions(1)))
    built(cond_channels=7)(features(2, 7, (64, 128)), CondPyramid(random_cond(6, True, (64, 128))))  # edges at random
    norm(features(2, 7, SIZE), CondPyramid(regions()))
    assert taken == [False, False, True]


@torch.no_grad()
def test_no_sample_at_all(taken: list[bool]) -> None:
    assert built()(features(0, 7, SIZE), CondPyramid(regions()[:0])).shape == (0, 7, *SIZE)
    assert taken == [False]


@torch.no_grad()
def test_a_condition_that_is_not_finite_is_convolved(taken: list[bool]) -> None:
    cond = regions()
    cond[0, 0, 3, 3] = float("nan")
    result = built()(features(2, 7, SIZE), CondPyramid(cond))
    assert taken == [False]
    assert result.isnan().any()
    assert not result[1].isnan().any()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("fresh_fakes", [True, False], ids=["without gradient", "with gradient"])
def test_training_gives_the_plain_values_statistics_and_gradients(
    training: bool, fresh_fakes: bool, taken: list[bool]
) -> None:
    cond = regions()
    ours, theirs = built(hidden=64).train(training), built(hidden=64).train(training)
    x, y = features(2, 7, SIZE).requires_grad_(), features(2, 7, SIZE).requires_grad_()
    target = torch.randn(2, 7, *SIZE, generator=torch.Generator().manual_seed(2))
    with torch.set_grad_enabled(not fresh_fakes):
        got, expected = ours(x, CondPyramid(cond)), plain(theirs, y, cond)
    assert taken == [True]
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=0)
    for name, value in ours.param_free_norm.state_dict().items():
        torch.testing.assert_close(value, theirs.param_free_norm.state_dict()[name])
    if not fresh_fakes:
        (got * target).sum().backward()
        (expected * target).sum().backward()
        torch.testing.assert_close(x.grad, y.grad, atol=1e-5, rtol=1e-5)
        for (name, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
            assert p.grad is not None, name
            assert q.grad is not None, name
            torch.testing.assert_close(p.grad, q.grad, atol=1e-4 * q.grad.abs().max().item(), rtol=0, msg=name)


def test_narrow_norms_learn_pixel_by_pixel(taken: list[bool]) -> None:
    built(hidden=16).train()(features(2, 7, SIZE), CondPyramid(regions()))
    assert taken == [False]


def test_gradients_reach_a_condition_that_asks_for_them(taken: list[bool]) -> None:
    cond = regions().requires_grad_()
    built(hidden=64)(features(2, 7, SIZE), CondPyramid(cond)).sum().backward()
    assert taken == [False]
    assert cond.grad is not None


@torch.no_grad()
def test_autocast_leaves_the_norm_its_precision(taken: list[bool]) -> None:
    norm, x, cond = built(), features(2, 7, SIZE), regions()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        full, half = norm(x, CondPyramid(cond)), norm(x.bfloat16(), CondPyramid(cond))
    assert taken == [True, True]
    torch.testing.assert_close(full, plain(norm, x, cond), atol=1e-5, rtol=0)
    torch.testing.assert_close(half, plain(norm, x.bfloat16().float(), cond), atol=1e-5, rtol=0)


@torch.no_grad()
def test_reduced_precision_and_graphs_are_convolved(taken: list[bool]) -> None:
    norm, x, cond = built(), features(2, 7, SIZE), regions()
    copy.deepcopy(norm).bfloat16()(x.bfloat16(), CondPyramid(cond.bfloat16()))
    assert taken == [False]
    graph = torch.compile(lambda a, b: norm(a, CondPyramid(b)), backend="eager", fullgraph=True)
    torch.testing.assert_close(graph(x, cond), plain(norm, x, cond), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("count", "hidden", "inference", "learning"),
    [
        (Count(131072, 4928, 19815), 128, True, True),  # tinytown at 256x512
        (Count(131072, 4928, 19815), 16, True, False),  # a narrow norm
        (Count(8192, 2784, 4757), 128, True, True),  # 64x128
        (Count(2048, 1138, 1644), 128, True, False),  # 32x64: not enough for a backward pass
        (Count(512, 399, 489), 128, False, False),
        (Count(131072, 131072, 131072), 128, False, False),
        (Count(131072, 60000, 131072), 128, True, False),  # added up nine by nine instead of multiplied
    ],
)
def test_the_rule(count: Count, hidden: int, inference: bool, learning: bool) -> None:
    assert count.pays(hidden) is inference
    assert count.pays(hidden, learning=True) is learning


def test_a_norm_is_pickled_and_copied() -> None:
    norm, x = built(), features(2, 7, SIZE)
    with torch.no_grad():
        expected = norm(x, CondPyramid(regions()))
        for other in (copy.deepcopy(norm), pickle.loads(pickle.dumps(norm))):
            assert torch.equal(other(x, CondPyramid(regions())), expected)
