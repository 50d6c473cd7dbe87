from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.layers import norms
from generators.layers.folding import Folded
from generators.layers.norms import spectral_norm
from generators.layers.spectral import weight_of


def conv() -> nn.Conv2d:
    torch.manual_seed(0)
    return spectral_norm(nn.Conv2d(3, 4, 3, padding=1)).eval()


def expected(module: nn.Conv2d, x: Tensor) -> Tensor:
    """The convolution by the stored tensors, as they are now."""
    original, u, v = (module.state_dict()[f"weight_{name}"] for name in ("orig", "u", "v"))
    return F.conv2d(x, original / (u @ original.flatten(1) @ v), module.bias, padding=1)


@torch.no_grad()
def test_the_weight_is_made_once_for_a_state() -> None:
    module, x = conv(), torch.randn(1, 3, 5, 6)
    module(x)
    first = module.weight
    module(x)
    assert module.weight is first
    torch.testing.assert_close(module(x), expected(module, x))


def _step(module: nn.Conv2d) -> None:
    with torch.enable_grad():
        optimizer = torch.optim.Adam(module.parameters(), lr=0.1)
        module(torch.ones(1, 3, 5, 6)).square().sum().backward()
        optimizer.step()


CHANGES: dict[str, Callable[[nn.Conv2d], object]] = {
    "a step": _step,
    "in place": lambda module: module.weight_orig.pow_(2),
    "interpolated": lambda module: module.weight_orig.lerp_(torch.ones(4, 3, 3, 3), 0.5),
    "a loaded state": lambda module: module.load_state_dict(
        {name: value**3 for name, value in module.state_dict().items()}
    ),
    "an assigned state": lambda module: module.load_state_dict(
        {name: value**3 for name, value in module.state_dict().items()}, assign=True
    ),
    "a vector": lambda module: module.weight_u.add_(0.5),
    "another parameter": lambda module: setattr(module, "weight_orig", nn.Parameter(torch.randn(4, 3, 3, 3))),
    "training": lambda module: (module.train()(torch.ones(1, 3, 5, 6)), module.eval()),
    "another type": lambda module: module.double().float().weight_orig.add_(1),
}


@torch.no_grad()
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed(change: str) -> None:
    module, x = conv(), torch.randn(1, 3, 5, 6)
    before = module(x)
    CHANGES[change](module)
    torch.testing.assert_close(module(x), expected(module, x))
    assert (module(x) - before).abs().max() > 1e-3


@torch.no_grad()
@pytest.mark.parametrize("how", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_a_copy_has_a_weight_of_its_own(how: Callable[[nn.Conv2d], nn.Conv2d]) -> None:
    module, x = conv(), torch.randn(1, 3, 5, 6)
    module(x)
    other = how(module)
    for _ in range(3):
        other.weight_orig.pow_(3)
    other.weight_u.add_(0.2)
    torch.testing.assert_close(other(x), expected(other, x))
    torch.testing.assert_close(module(x), expected(module, x))


def test_with_gradients_the_weight_is_part_of_the_graph() -> None:
    module, x = conv(), torch.randn(1, 3, 5, 6)
    with torch.no_grad():
        module(x)
    module(x).sum().backward()
    assert module.weight_orig.grad is not None
    with torch.no_grad():
        module(x)
    assert not module.weight.requires_grad


@torch.no_grad()
def test_memory_formats_change_no_value() -> None:
    module, x = conv(), torch.randn(1, 3, 5, 6)
    first = module(x)
    torch.testing.assert_close(module(x.contiguous(memory_format=torch.channels_last)), first)
    torch.testing.assert_close(module(x), first)


def test_inference_mode() -> None:
    module, x = conv(), torch.randn(1, 3, 5, 6)
    with torch.inference_mode():
        inside = module(x)
        made_inside = conv()  # its tensors do not count their changes
        made_inside(x)
        made_inside.weight_orig.mul_(2)
        made_inside.weight_u.add_(0.5)
        torch.testing.assert_close(made_inside(x), expected(made_inside, x))
    module(x).sum().backward()
    torch.testing.assert_close(module(x), inside)


def test_the_state_is_the_official_one() -> None:
    module = conv()
    with torch.no_grad():
        module(torch.randn(1, 3, 5, 6))
    assert set(module.state_dict()) == {"bias", "weight_orig", "weight_u", "weight_v"}
    nn.utils.remove_spectral_norm(module)
    assert set(module.state_dict()) == {"bias", "weight"}


def test_forgetting() -> None:
    folded, source = Folded(), torch.ones(2)
    assert folded.of((source,), lambda: source * 2).tolist() == [2, 2]
    source.data.fill_(5)  # not counted by torch
    assert folded.of((source,), lambda: source * 2).tolist() == [2, 2]
    folded.forget()
    assert folded.of((source,), lambda: source * 2).tolist() == [10, 10]


@torch.no_grad()
@pytest.mark.parametrize("change", CHANGES)
def test_of_a_large_weight_no_copy_is_kept(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    monkeypatch.setattr(norms, "KEPT", 100)
    module, small, large = conv(), torch.randn(1, 3, 5, 6), torch.randn(1, 3, 8, 6)
    close = functools.partial(torch.testing.assert_close, atol=1e-4, rtol=1e-4)  # the norm by random vectors is small
    close(module(small), expected(module, small))  # 90 elements; the weight has 108
    assert module.weight.data_ptr() == module.weight_orig.data_ptr()
    close(module(large), expected(module, large))  # larger than the weight: that is divided
    assert module.weight.data_ptr() != module.weight_orig.data_ptr()
    CHANGES[change](module)
    close(module(small), expected(module, small))
    close(module(small.contiguous(memory_format=torch.channels_last)), expected(module, small))


@torch.no_grad()
def test_a_weight_that_a_method_applies_itself_is_divided_whatever_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(norms, "KEPT", 100)
    module, x = conv(), torch.randn(1, 3, 5, 6)
    torch.testing.assert_close(F.conv2d(x, weight_of(module), module.bias, padding=1), expected(module, x))
    plain = nn.Conv2d(3, 4, 3)
    assert weight_of(plain) is plain.weight
