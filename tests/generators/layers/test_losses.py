import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.layers.losses import GanMode, checkerboard_loss, feature_matching_loss, gan_loss, kl_loss


def features(*scales: list[list[float]]) -> list[list[Tensor]]:
    """Features of D with values in place of maps."""
    return [[torch.tensor(values, dtype=torch.float64) for values in scale] for scale in scales]


FAKE = features([[1.0, 3.0], [2.0], [0.5, -2.0]], [[0.0], [4.0], [3.0]])
REAL = features([[2.0, 3.0], [0.0], [1.5, 0.5]], [[1.0], [1.0], [-1.0]])
# predictions: fake (.5, -2) and (3), real (1.5, .5) and (-1); layers before them: two in each of two scales


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


@pytest.mark.parametrize(
    ("mode", "for_g", "d_fake", "d_real"),
    [
        # G: means -(.5 - 2) / 2 and -3. D, fake: (1.5 + 0) / 2 and 4; real: (0 + .5) / 2 and 2
        ("hinge", (0.75 - 3) / 2, (0.75 + 4) / 2, (0.25 + 2) / 2),
        # squares to 1, 0 and 1
        ("ls", ((0.25 + 9) / 2 + 4) / 2, ((0.25 + 4) / 2 + 9) / 2, ((0.25 + 0.25) / 2 + 4) / 2),
        # -log sigmoid(x) = softplus(-x) to the target 1, softplus(x) to 0
        (
            "original",
            ((softplus(-0.5) + softplus(2)) / 2 + softplus(-3)) / 2,
            ((softplus(0.5) + softplus(-2)) / 2 + softplus(3)) / 2,
            ((softplus(-1.5) + softplus(-0.5)) / 2 + softplus(1)) / 2,
        ),
    ],
)
def test_adversarial_losses(mode: GanMode, for_g: float, d_fake: float, d_real: float) -> None:
    assert gan_loss(FAKE, is_real=True, for_d=False, mode=mode).item() == pytest.approx(for_g, rel=1e-12)
    assert gan_loss(FAKE, is_real=False, for_d=True, mode=mode).item() == pytest.approx(d_fake, rel=1e-12)
    assert gan_loss(REAL, is_real=True, for_d=True, mode=mode).item() == pytest.approx(d_real, rel=1e-12)


def test_hinge_is_the_default() -> None:
    assert gan_loss(FAKE, is_real=True, for_d=False) == gan_loss(FAKE, is_real=True, for_d=False, mode="hinge")


def test_d_is_content_beyond_the_margin_and_g_never_is() -> None:
    sure = [[torch.tensor([2.0], requires_grad=True)]]
    gan_loss(sure, is_real=True, for_d=True).backward()
    assert sure[0][0].grad == 0
    gan_loss(sure, is_real=True, for_d=False).backward()
    assert sure[0][0].grad == -1


def test_feature_matching_leaves_out_the_prediction_and_averages_over_scales() -> None:
    # scale 0: mean(1, 0) + 2 = 2.5; scale 1: 1 + 3 = 4
    assert feature_matching_loss(FAKE, REAL).item() == (2.5 + 4) / 2


def test_feature_matching_pulls_on_the_fake_side_only() -> None:
    fake = [[torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)]]
    real = [[torch.ones(2, requires_grad=True), torch.ones(1, requires_grad=True)]]
    feature_matching_loss(fake, real).backward()
    assert fake[0][0].grad is not None
    assert fake[0][0].grad.tolist() == [-0.5, -0.5]
    assert fake[0][1].grad is None
    assert real[0][0].grad is None


def test_the_divergence_is_summed_over_batch_and_dimensions() -> None:
    mu = torch.tensor([[1.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    logvar = torch.tensor([[0.0, math.log(2)], [0.0, 0.0]], dtype=torch.float64)
    # (mu^2 + var - 1 - log var) / 2: 1/2, (1 - log 2) / 2, 0, 2
    assert kl_loss(mu, logvar).item() == pytest.approx(0.5 + (1 - math.log(2)) / 2 + 0 + 2, rel=1e-12)
    standard, encoded = torch.distributions.Normal(0.0, 1.0), torch.distributions.Normal(mu, (0.5 * logvar).exp())
    assert kl_loss(mu, logvar).item() == pytest.approx(
        torch.distributions.kl_divergence(encoded, standard).sum().item()
    )


def upsampler(kernel: Tensor) -> nn.ConvTranspose2d:
    layer = nn.ConvTranspose2d(kernel.shape[0], kernel.shape[1], 3, stride=2, padding=1, output_padding=1, bias=False)
    layer.weight = nn.Parameter(kernel)
    return layer


def test_checkerboard_loss_counts_rows_and_columns_of_every_kernel() -> None:
    kernel = torch.zeros(1, 1, 3, 3)
    kernel[0, 0, 1, 1] = 3.0  # middle row and middle column: 0 - 3 + 0
    assert checkerboard_loss([upsampler(kernel)]).item() == 9 + 9
    kernel[0, 0, 0, 0] = 1.0  # first row and first column: 1 - 0 + 0
    assert checkerboard_loss([upsampler(kernel)]).item() == 9 + 9 + 1 + 1
    assert checkerboard_loss([upsampler(kernel), upsampler(kernel)]).item() == 40
    assert checkerboard_loss([]).item() == 0


def test_a_kernel_without_checkerboard_maps_a_constant_to_a_constant() -> None:
    small = torch.randn(2, 4, 2, 2, dtype=torch.float64)
    kernel = F.conv2d(small.flatten(0, 1)[:, None], torch.ones(1, 1, 2, 2, dtype=torch.float64), padding=1)
    layer = upsampler(kernel.view(2, 4, 3, 3))
    assert checkerboard_loss([layer]).item() == pytest.approx(0, abs=1e-20)
    out = layer(torch.ones(1, 2, 6, 6, dtype=torch.float64))[..., 1:-1, 1:-1]
    assert (out - out[..., :1, :1]).abs().max() < 1e-12

    free = upsampler(torch.randn(2, 4, 3, 3, dtype=torch.float64))
    out = free(torch.ones(1, 2, 6, 6, dtype=torch.float64))[..., 1:-1, 1:-1]
    assert checkerboard_loss([free]) > 1
    assert (out - out[..., :1, :1]).abs().max() > 0.1


def test_other_upsamplings_than_those_of_the_rule_are_refused() -> None:
    with pytest.raises(ValueError, match="kernel must be 3x3 and the stride 2"):
        checkerboard_loss([nn.ConvTranspose2d(1, 1, 4, stride=2)])
    with pytest.raises(ValueError, match="kernel must be 3x3 and the stride 2"):
        checkerboard_loss([nn.ConvTranspose2d(1, 1, 3, stride=1)])
