"""The grouped form against the literal one, eq. 1 of the paper class by class: values and gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from generators.layers.class_filter import ClassPlanes, class_planes, fuse_planes, local_l1

CLASSES, CHANNELS, SIZE = 5, 4, (12, 17)


def layout(name: str) -> Tensor:
    """Label maps, 12x17, of classes 0..4; 5 is no class."""
    height, width = SIZE
    rng = torch.Generator().manual_seed(0)
    blank = torch.zeros(SIZE, dtype=torch.int64)
    if name == "noise":
        return torch.randint(0, CLASSES + 1, SIZE, generator=rng)
    if name == "blocks":
        return torch.randint(0, CLASSES, (3, 5), generator=rng).repeat_interleave(4, 0).repeat_interleave(4, 1)[:, :17]
    if name == "some absent":
        blank[2:5, 3:9] = 3
    if name == "one class":
        blank[:] = 2
    if name == "no class":
        blank[:] = CLASSES
    if name == "corners":
        blank[0, 0], blank[0, -1], blank[-1, 0], blank[-1, -1] = 1, 2, 3, 4
    if name == "border":
        blank[0], blank[:, -1] = 1, 4
    if name == "one pixel, the rest unlabelled":
        blank[:] = CLASSES
        blank[height // 2, width // 2] = 4
    return blank


LAYOUTS = (
    "noise",
    "blocks",
    "some absent",
    "one class",
    "no class",
    "corners",
    "border",
    "one pixel, the rest unlabelled",
)


def tensors(kernel: int = 7, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """Features and weights that gradients are asked for."""
    rng = torch.Generator().manual_seed(1)
    shapes = {
        "features": (CHANNELS, *SIZE),
        "weight": (CLASSES, 3, CHANNELS, kernel, kernel),
        "bias": (CLASSES, 3),
        "fuse_weight": (3, 3 * CLASSES, 3, 3),
        "fuse_bias": (3,),
    }
    scale = {"weight": (CHANNELS * kernel**2) ** -0.5, "fuse_weight": (3 * CLASSES * 9) ** -0.5}
    return {
        name: (torch.randn(shape, generator=rng, dtype=torch.float64) * scale.get(name, 1.0)).to(dtype).requires_grad_()
        for name, shape in shapes.items()
    }


def literal_planes(features: Tensor, classes: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A masked copy, reflection padding and a convolution for every class, (N, 3, H, W)."""
    margin = weight.shape[-1] // 2
    planes = []
    for index in range(len(weight)):
        masked = features * (classes == index)
        padded = F.pad(masked[None], (margin,) * 4, mode="reflect")
        planes.append(torch.tanh(F.conv2d(padded, weight[index], bias[index]))[0])
    return torch.stack(planes)


def dense(planes: ClassPlanes) -> Tensor:
    return torch.stack([planes.dense(index) for index in range(CLASSES)])


def fused(t: dict[str, Tensor], classes: Tensor) -> Tensor:
    planes = class_planes(t["features"], classes, t["weight"], t["bias"])
    return fuse_planes(planes, t["fuse_weight"], t["fuse_bias"])


def literally_fused(t: dict[str, Tensor], classes: Tensor) -> Tensor:
    planes = literal_planes(t["features"], classes, t["weight"], t["bias"])
    return F.conv2d(planes.flatten(0, 1)[None], t["fuse_weight"], t["fuse_bias"], padding=1)


@pytest.mark.parametrize("kernel", [7, 3, 1])
@pytest.mark.parametrize("name", LAYOUTS)
def test_class_images_are_those_of_the_literal_form(name: str, kernel: int) -> None:
    t, classes = tensors(kernel), layout(name)
    planes = class_planes(t["features"], classes, t["weight"], t["bias"])
    expected = literal_planes(t["features"], classes, t["weight"], t["bias"])
    torch.testing.assert_close(dense(planes), expected, atol=1e-12, rtol=0)
    assert planes.present.tolist() == sorted(set(classes.unique().tolist()) - {CLASSES})


@pytest.mark.parametrize("name", LAYOUTS)
def test_gradients_are_those_of_the_literal_form(name: str) -> None:
    classes = layout(name)
    ours, literal = tensors(), tensors()
    towards = torch.randn(1, 3, *SIZE, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    image, expected = fused(ours, classes), literally_fused(literal, classes)
    torch.testing.assert_close(image, expected, atol=1e-12, rtol=0)
    (image * towards).sum().backward()
    (expected * towards).sum().backward()
    for key, value in literal.items():
        gradient = ours[key].grad
        assert value.grad is not None
        if gradient is None:  # nothing of this class in the image: no path, where the literal form multiplies by 0
            assert not value.grad.any(), key
        else:
            torch.testing.assert_close(gradient, value.grad, atol=1e-11, rtol=0, msg=key)


def test_single_precision_loses_nothing() -> None:
    t, exact, classes = tensors(dtype=torch.float32), tensors(), layout("noise")
    assert (fused(t, classes) - literally_fused(exact, classes)).abs().max() < 2e-6


def test_a_channels_last_image_and_a_view_are_read_as_what_they_are() -> None:
    t, classes = tensors(), layout("noise")
    expected = fused(t, classes)
    t["features"] = t["features"].detach().permute(1, 2, 0).contiguous().permute(2, 0, 1)
    torch.testing.assert_close(fused(t, classes.t().contiguous().t()), expected, atol=1e-12, rtol=0)


def test_gradients_are_those_of_finite_differences() -> None:
    rng = torch.Generator().manual_seed(0)
    classes = torch.tensor([[0, 0, 1, 1], [0, 3, 3, 1], [0, 3, 3, 1], [0, 0, 0, 1]])  # 2 is absent, 3 is no class
    shapes = ((2, 4, 4), (3, 3, 2, 3, 3), (3, 3), (3, 9, 3, 3), (3,))
    inputs = [torch.randn(shape, generator=rng, dtype=torch.float64, requires_grad=True) for shape in shapes]

    def loss(features: Tensor, weight: Tensor, bias: Tensor, fuse_weight: Tensor, fuse_bias: Tensor) -> Tensor:
        planes = class_planes(features, classes, weight, bias)
        real = torch.linspace(-1, 1, 48, dtype=torch.float64).view(3, 4, 4)
        return fuse_planes(planes, fuse_weight, fuse_bias).square().sum() + local_l1(planes, classes, real)

    assert torch.autograd.gradcheck(loss, inputs)


@pytest.mark.parametrize("present", [[0, 2, 4], [1], [], [0, 1, 2, 3, 4]])
def test_constant_images_are_fused_like_any_other(present: list[int]) -> None:
    rng = torch.Generator().manual_seed(0)
    absent = torch.randn(CLASSES, 3, generator=rng, dtype=torch.float64).tanh()
    planes = torch.randn(len(present), 3, *SIZE, generator=rng, dtype=torch.float64)
    result = ClassPlanes(torch.tensor(present, dtype=torch.int64), planes, absent)
    weight, bias = (tensors()[key] for key in ("fuse_weight", "fuse_bias"))
    expected = F.conv2d(dense(result).flatten(0, 1)[None], weight, bias, padding=1)
    torch.testing.assert_close(fuse_planes(result, weight, bias), expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_pixel_loss_counts_every_class_over_the_whole_image(name: str) -> None:
    t, classes = tensors(), layout(name)
    real = torch.rand(3, *SIZE, generator=torch.Generator().manual_seed(3), dtype=torch.float64) * 2 - 1
    planes = class_planes(t["features"], classes, t["weight"], t["bias"])
    expected = sum((plane - (classes == i) * real).abs().mean() for i, plane in enumerate(dense(planes)))
    torch.testing.assert_close(local_l1(planes, classes, real), expected, atol=1e-12, rtol=0)


def test_the_pixel_loss_by_hand() -> None:
    # class 0 on the left pixel, no class on the right; its image is 0.5 everywhere, that of the absent class 1 is -0.25
    planes = ClassPlanes(torch.tensor([0]), torch.full((1, 3, 1, 2), 0.5), torch.tensor([[0.5] * 3, [-0.25] * 3]))
    real = torch.tensor([[[1.0, 1.0]]] * 3)
    # |0.5 - 1| on the left, |0.5 - 0| on the right, 0.25 on both
    assert local_l1(planes, torch.tensor([[0, 2]]), real) == 0.5 + 0.25
