from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest
import torch
from torch import Tensor

import segmenters
from segmenters import Segmenter, SegmenterError
from segmenters._training import IGNORED, Schedule, train
from segmenters.drn import DRN, BasicBlock
from tests.segmenters import pinned

SCHEDULE = Schedule(steps=6, lr=1e-2)


def network() -> Segmenter:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return DRN(BasicBlock, (1, 1, 1, 1), (4, 4, 4, 4, 4, 8, 8, 8, 8), num_classes=2)


def batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Bright pixels are class 1, dark ones class 0, a column is ignored; a function of the step."""
    step = start
    while True:
        generator = torch.Generator().manual_seed(step)
        target = torch.randint(0, 2, (2, 1, 2), generator=generator).repeat_interleave(24, 1).repeat_interleave(24, 2)
        image = (40 + 170 * target + torch.randint(0, 40, target.shape, generator=generator)).to(torch.uint8)
        target[:, :, 0] = IGNORED
        yield image[:, None].expand(-1, 3, -1, -1), target
        step += 1


def assert_same(first: Segmenter, second: Segmenter) -> None:
    other = second.state_dict()
    assert all(torch.equal(x, other[key]) for key, x in first.state_dict().items())


def test_it_learns() -> None:
    losses: list[tuple[int, float]] = []
    train(network(), batches, Schedule(steps=30, lr=1e-2), log=lambda step, loss: losses.append((step, loss)))
    assert [step for step, _ in losses] == list(range(1, 31))
    assert losses[-1][1] < 0.75 * losses[0][1]


class Killed(Exception):
    pass


@pytest.mark.parametrize("killed_after", [1, 2, 3, 5, 6])
def test_a_run_that_was_killed_ends_like_one_that_was_not(tmp_path: Path, killed_after: int) -> None:
    def kill(step: int, loss: float) -> None:
        if step == killed_after:
            raise Killed

    whole, cut = network(), network()
    train(whole, batches, SCHEDULE)
    checkpoint = tmp_path / "run" / "checkpoint.pth"
    with pytest.raises(Killed):
        train(cut, batches, SCHEDULE, checkpoint=checkpoint, checkpoint_every=2, log=kill)
    resumed, steps = network(), []
    train(
        resumed, batches, SCHEDULE, checkpoint=checkpoint, checkpoint_every=2, log=lambda step, loss: steps.append(step)
    )
    assert_same(resumed, whole)
    assert steps == list(range(killed_after // 2 * 2 + 1, 7))
    assert [p.name for p in checkpoint.parent.iterdir()] == ["checkpoint.pth"]  # no temporary file stays
    assert not resumed.training


def test_the_loss_is_the_mean_over_pixels_that_count() -> None:
    segmenter, losses = network(), []
    image, target = next(batches(0))
    log_probabilities = segmenter.train().scores(image).log_softmax(dim=1)
    expected = -log_probabilities.gather(1, target.clamp(max=1)[:, None])[:, 0][target != IGNORED].mean().item()
    train(network(), batches, Schedule(steps=1), log=lambda step, loss: losses.append(loss))
    assert losses == [pytest.approx(expected, rel=1e-5)]


def test_the_upsampling_does_not_train() -> None:
    segmenter = network()
    train(segmenter, batches, SCHEDULE)
    assert torch.equal(segmenter.state_dict()["up.weight"], network().state_dict()["up.weight"])
    assert not torch.equal(segmenter.state_dict()["seg.weight"], network().state_dict()["seg.weight"])


def test_class_weights_enter_the_loss() -> None:
    first, second = network(), network()
    train(first, batches, SCHEDULE, class_weights=torch.tensor([1.0, 1.0]))
    train(second, batches, SCHEDULE, class_weights=torch.tensor([1.0, 5.0]))
    image, _ = next(batches(1000))
    assert (second(image) == 1).sum() > (first(image) == 1).sum()


def test_the_rate_rises_then_falls() -> None:
    schedule = Schedule(steps=100, lr=2.0, warmup=0.1)
    rates = [schedule.rate(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.2)
    assert max(rates) == rates[9] == rates[10] == 2.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.001


def test_batches_that_end_early_are_an_error() -> None:
    with pytest.raises(SegmenterError, match="ended at step 0 of 6"):
        train(network(), lambda start: iter(()), SCHEDULE)


def test_a_loss_that_is_no_number_stops() -> None:
    with pytest.raises(SegmenterError, match=r"the loss is (nan|inf) at step \d+\. Lower the learning rate"):
        train(network(), batches, Schedule(steps=30, lr=1e30))


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "c.pth"
    train(network(), batches, SCHEDULE, checkpoint=checkpoint)
    for schedule, run in ((Schedule(steps=7, lr=1e-2), ""), (SCHEDULE, "seed 1")):
        with pytest.raises(SegmenterError, match=f"{checkpoint} is of another run: it was written with .*delete it"):
            train(network(), batches, schedule, run=run, checkpoint=checkpoint)
    with pytest.raises(SegmenterError, match=f"{checkpoint} is of another network"):
        train(segmenters.create("drn_d_22_quarter", 2), batches, SCHEDULE, checkpoint=checkpoint)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    checkpoint = tmp_path / "c.pth"
    train(network(), batches, SCHEDULE, checkpoint=checkpoint)
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(SegmenterError, match=f"{checkpoint} cannot be read"):
        train(network(), batches, SCHEDULE, checkpoint=checkpoint)


@pytest.mark.parametrize("arch", ["drn_d_22", "upernet_resnet18", "upernet_resnet18dilated", "deeplabv2_resnet101"])
def test_every_architecture_learns(arch: str) -> None:
    """Narrow ones, on one image over and over: the loss falls, and what was learnt labels images."""
    network = pinned.narrow(arch)
    image = pinned.image().repeat(2, 1, 1, 1)
    target = (image[:, 0] > 127).long()
    losses: list[float] = []
    schedule = Schedule(steps=8, lr=3e-3)
    train(network, lambda step: repeat((image, target)), schedule, log=lambda _, loss: losses.append(loss))
    assert losses[-1] < losses[0]
    assert not network.training
    assert network(image).shape == target.shape
