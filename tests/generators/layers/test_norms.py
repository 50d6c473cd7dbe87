import pytest
import torch
from torch import nn
from torch.nn import functional as F

from generators.layers.norms import CondPyramid, SpadeNorm, spectral_norm


def test_a_level_is_the_nearest_neighbour_and_made_once() -> None:
    cond = torch.arange(32.0).view(1, 1, 4, 8)
    pyramid = CondPyramid(cond)
    level = pyramid.at(torch.empty(1, 7, 2, 4))
    assert level.tolist() == [[[[0.0, 2.0, 4.0, 6.0], [16.0, 18.0, 20.0, 22.0]]]]  # index floor(i * scale)
    assert pyramid.at(torch.empty(1, 3, 2, 4)) is level
    assert pyramid.at(torch.empty(1, 3, 4, 8)) is cond


def test_channels_last_changes_the_memory_and_no_value() -> None:
    cond = torch.rand(1, 3, 4, 8)
    level = CondPyramid(cond).channels_last().at(torch.empty(1, 1, 4, 8))
    assert level.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(level, cond)


@pytest.mark.parametrize("training", [True, False])
def test_the_norm_is_modulated_batch_norm(training: bool) -> None:
    torch.manual_seed(0)
    norm = SpadeNorm(channels=5, cond_channels=3, hidden=4).train(training)
    norm.param_free_norm.running_mean = torch.randn(5)
    norm.param_free_norm.running_var = torch.rand(5) + 0.5
    x, cond = torch.randn(2, 5, 4, 6) * 3 + 1, torch.rand(2, 3, 8, 12)

    if training:
        mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
    else:
        mean, var = norm.param_free_norm.running_mean.clone(), norm.param_free_norm.running_var.clone()
    normal = (x - mean.view(-1, 1, 1)) / (var.view(-1, 1, 1) + 1e-5).sqrt()
    hidden = F.relu(norm.mlp_shared[0](F.interpolate(cond, size=(4, 6), mode="nearest")))
    expected = normal * (1 + norm.mlp_gamma(hidden)) + norm.mlp_beta(hidden)
    torch.testing.assert_close(norm(x, CondPyramid(cond)), expected, atol=2e-6, rtol=1e-5)


def test_keys_are_the_official_ones() -> None:
    assert list(SpadeNorm(2, 3, 4).state_dict()) == [
        "param_free_norm.running_mean",
        "param_free_norm.running_var",
        "param_free_norm.num_batches_tracked",
        "mlp_shared.0.weight",
        "mlp_shared.0.bias",
        "mlp_gamma.weight",
        "mlp_gamma.bias",
        "mlp_beta.weight",
        "mlp_beta.bias",
    ]


def test_spectral_norm_divides_by_the_stored_estimate() -> None:
    torch.manual_seed(0)
    conv = spectral_norm(nn.Conv2d(3, 4, 3, padding=1))
    assert set(conv.state_dict()) == {"bias", "weight_orig", "weight_u", "weight_v"}
    x = torch.randn(1, 3, 6, 6)
    for _ in range(100):
        conv.train()(x)
    matrix = conv.weight_orig.detach().flatten(1)
    estimate = conv.weight_u @ matrix @ conv.weight_v
    assert estimate.item() == pytest.approx(torch.linalg.matrix_norm(matrix, ord=2).item(), rel=1e-4)
    u = conv.weight_u.clone()
    expected = F.conv2d(x, conv.weight_orig / estimate, conv.bias, padding=1)
    torch.testing.assert_close(conv.eval()(x), expected)
    assert torch.equal(conv.weight_u, u)  # no iteration in evaluation: the stored vectors make the published images
