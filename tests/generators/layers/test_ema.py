import pytest
import torch
from torch import nn

from generators.layers.ema import EMA


def network(value: float) -> nn.Module:
    """One parameter and one buffer of the same value."""
    module = nn.BatchNorm1d(1)
    with torch.no_grad():
        for tensor in (module.weight, module.running_mean):
            assert tensor is not None
            tensor.fill_(value)
    return module


def test_parameters_follow_slowly_and_buffers_at_once() -> None:
    ema = EMA(network(0.0), decay=0.9)
    for step, expected in [
        (0, 0.9),  # decay (1 + 0) / (10 + 0): a tenth of the start is kept
        (1, 0.9 * 2 / 11 + 9 / 11),
        (1000, 0.9 * (0.9 * 2 / 11 + 9 / 11) + 0.1),  # the decay itself from step 80 on
    ]:
        ema.update(network(1.0), step)
        assert ema.network.get_parameter("weight").item() == pytest.approx(expected)
        assert ema.network.get_buffer("running_mean").item() == 1.0


def test_it_is_a_copy_that_is_not_trained() -> None:
    original = network(0.0)
    ema = EMA(original, decay=0.5)
    ema.update(network(1.0), 5)
    assert original.get_parameter("weight").item() == 0.0
    assert original.get_parameter("weight").requires_grad
    assert not any(p.requires_grad for p in ema.network.parameters())


def test_no_decay_is_the_network_itself() -> None:
    ema = EMA(network(0.0), decay=0.0)
    ema.update(network(3.0), 7)
    assert ema.network.get_parameter("weight").item() == 3.0


def test_the_whole_state_follows_from_the_first_step_on() -> None:
    ema = EMA(network(0.0), decay=0.9, whole_state=True)
    counting = network(1.0)
    counting.get_buffer("num_batches_tracked").fill_(5)
    for step, expected in [(0, 0.1), (1, 0.9 * 0.1 + 0.1)]:
        ema.update(counting, step)
        assert ema.network.get_parameter("weight").item() == pytest.approx(expected)
        assert ema.network.get_buffer("running_mean").item() == pytest.approx(expected)
        assert ema.network.get_buffer("running_var").item() == pytest.approx(1.0)  # 1 in both
        assert ema.network.get_buffer("num_batches_tracked").item() == 5
