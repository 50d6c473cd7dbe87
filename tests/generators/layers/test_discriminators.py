import pytest
import torch
from torch import Tensor, nn

from generators import xavier_init
from generators.layers.discriminators import MultiScaleDiscriminator, PatchDiscriminator, judge
from tests.generators.tiny import random_cond, random_image

SIZE = (32, 64)


@pytest.fixture
def cond() -> Tensor:
    return random_cond(5, True, SIZE)


def multi_scale() -> MultiScaleDiscriminator:
    torch.manual_seed(0)
    network = MultiScaleDiscriminator(9, width=4, layers=4, scales=2)
    xavier_init(network, 0.7)
    return network


def test_the_first_convolution_in_two_parts_is_the_convolution_of_the_concatenation(cond: Tensor) -> None:
    torch.manual_seed(0)
    network = PatchDiscriminator(9, width=4).eval()
    images = [random_image(2, SIZE, seed) for seed in range(3)]
    outputs = network(cond, torch.cat(images))
    for i, image in enumerate(images):
        x, plain = torch.cat((cond, image), dim=1), []
        for layer in range(5):
            x = network.get_submodule(f"model{layer}")(x)
            plain.append(x)
        for got, expected in zip(outputs, plain, strict=True):
            torch.testing.assert_close(got[2 * i : 2 * i + 2], expected, atol=1e-5, rtol=1e-5)


def test_sizes_of_the_features(cond: Tensor) -> None:
    # every stride-2 layer: floor((n + 4 - 4) / 2) + 1; the two stride-1 layers add one
    expected = [[(17, 33), (9, 17), (5, 9), (6, 10), (7, 11)], [(9, 17), (5, 9), (3, 5), (4, 6), (5, 7)]]
    outputs = multi_scale()(cond, random_image(2, SIZE))
    assert [[tuple(layer.shape[2:]) for layer in scale] for scale in outputs] == expected
    assert [layer.shape[1] for layer in outputs[0]] == [4, 8, 16, 32, 1]


def test_the_second_scale_sees_averages_that_leave_the_padding_out(cond: Tensor) -> None:
    network = multi_scale().eval()
    image = random_image(2, SIZE)
    half = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
    expected = network.get_submodule("discriminator_1")(half(cond), half(image))
    for got, wanted in zip(network(cond, image)[1], expected, strict=True):
        assert torch.equal(got, wanted)
    assert torch.equal(half(torch.ones(1, 1, 8, 8)), torch.ones(1, 1, 4, 4))


def test_widths_double_up_to_512() -> None:
    network = PatchDiscriminator(9, width=96, layers=6)
    widths = [network.get_submodule(f"model{i}.0.0").get_parameter("weight_orig").shape[0] for i in range(1, 6)]
    assert widths == [192, 384, 512, 512, 512]


def test_judging_together_is_judging_one_by_one(cond: Tensor) -> None:
    network = multi_scale().eval()
    images = [random_image(2, SIZE, seed) for seed in range(3)]
    together = judge(network, cond, images)
    assert len(together) == 3
    for image, features in zip(images, together, strict=True):
        for got, expected in zip(features, network(cond, image), strict=True):
            for a, b in zip(got, expected, strict=True):
                torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_judging_together_iterates_the_spectral_norm_once(cond: Tensor) -> None:
    network, once = multi_scale().train(), multi_scale().train()
    judge(network, cond, [random_image(2, SIZE), random_image(2, SIZE, 1)])
    once(cond, random_image(2, SIZE))
    for name, buffer in network.named_buffers():
        assert torch.equal(buffer, once.get_buffer(name))
