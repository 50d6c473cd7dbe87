"""One bench for every registered metric: what an accumulator promises, whatever it measures."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.multiprocessing
from torch import Tensor

from sisbench import features, metrics
from sisbench.errors import InputError
from sisbench.metrics import Metric, Value

N = 24


def make(name: str) -> Metric:
    """Create a metric with the arguments of its kind."""
    kind = metrics.get(name).needs.partition(":")[0]
    options: dict[str, Any] = {"pixels": {}, "labels": {"num_classes": 4}, "feature": {"paired": True}}[kind]
    return metrics.get(name)(**options)


def inputs(name: str) -> tuple[Tensor, Tensor]:
    """Draw N pairs of what a metric needs."""
    generator = torch.Generator().manual_seed(0)
    needs = metrics.get(name).needs
    if needs == "pixels":
        real = torch.randint(0, 256, (N, 3, 16, 20), generator=generator)
        noise = torch.randint(-60, 60, real.shape, generator=generator)
        return (real + noise).clamp(0, 255).to(torch.uint8), real.to(torch.uint8)
    if needs == "labels":
        truth = torch.randint(0, 4, (N, 6, 8), generator=generator)
        wrong = torch.rand(truth.shape, generator=generator) < 0.3
        truth_with_ignored = truth.masked_fill(torch.rand(truth.shape, generator=generator) < 0.1, 255)
        return torch.where(wrong, (truth + 1) % 4, truth), truth_with_ignored
    real_features = torch.randn(N, 40, generator=generator, dtype=torch.float64)
    return real_features + torch.randn(N, 40, generator=generator, dtype=torch.float64), real_features


def run(name: str, fake: Tensor, real: Tensor, batch_size: int = N) -> dict[str, Value]:
    metric = make(name)
    for x, y in zip(fake.split(batch_size), real.split(batch_size), strict=True):
        metric.update(x, y)
    return metric.compute()


def assert_close(found: dict[str, Value], expected: dict[str, Value]) -> None:
    assert list(found) == list(expected)
    for output, (value, stderr, n) in expected.items():
        assert found[output] == (pytest.approx(value, rel=1e-10), pytest.approx(stderr, rel=1e-8), n)


each_metric = pytest.mark.parametrize("name", metrics.names())


def test_the_metrics_of_the_foundation_are_found() -> None:
    assert {"fid", "fd_effnet", "miou", "ssim", "psnr"} <= set(metrics.names())
    with pytest.raises(InputError, match="closest: 'fid'"):
        metrics.get("fidd")


def test_no_two_metrics_share_an_output() -> None:
    outputs = [output for name in metrics.names() for output in metrics.get(name).outputs]
    assert len(outputs) == len(set(outputs))


@each_metric
def test_it_declares_what_it_needs(name: str) -> None:
    metric = metrics.get(name)
    kind, _, network = metric.needs.partition(":")
    assert kind in ("pixels", "labels", "feature")
    assert kind != "feature" or network in features.names()
    assert isinstance(metric.higher_is_better, bool)
    assert metric.__doc__


@each_metric
def test_results_are_plain_finite_numbers(name: str) -> None:
    results = run(name, *inputs(name))
    assert tuple(results) == metrics.get(name).outputs
    for value, stderr, n in results.values():
        assert type(value) is float
        assert type(stderr) is float
        assert math.isfinite(value)
        assert stderr >= 0
        assert n == N
    json.dumps(results, allow_nan=False)


@each_metric
@pytest.mark.parametrize("batch_size", [1, 5, 8])
def test_batch_size_does_not_matter(name: str, batch_size: int) -> None:
    fake, real = inputs(name)
    assert_close(run(name, fake, real, batch_size), run(name, fake, real))


@each_metric
def test_order_does_not_matter(name: str) -> None:
    fake, real = inputs(name)
    order = torch.randperm(N, generator=torch.Generator().manual_seed(1))
    assert_close(run(name, fake[order], real[order], 5), run(name, fake, real))


@each_metric
def test_merged_parts_equal_a_single_pass(name: str) -> None:
    fake, real = inputs(name)
    first, second = make(name), make(name)
    first.update(fake[:7], real[:7])
    second.update(fake[7:], real[7:])
    second.merge_state(first)
    assert_close(second.compute(), run(name, fake, real))


@each_metric
def test_compute_twice_then_go_on(name: str) -> None:
    fake, real = inputs(name)
    metric = make(name)
    metric.update(fake[:9], real[:9])
    assert metric.compute() == metric.compute()
    metric.update(fake[9:], real[9:])
    assert_close(metric.compute(), run(name, fake, real))
    metric.reset()
    metric.update(fake, real)
    assert_close(metric.compute(), run(name, fake, real))


@each_metric
def test_it_pickles_with_its_state(name: str) -> None:
    fake, real = inputs(name)
    metric = make(name)
    metric.update(fake[:10], real[:10])
    copy = pickle.loads(pickle.dumps(metric))
    copy.update(fake[10:], real[10:])
    assert_close(copy.compute(), run(name, fake, real))


@each_metric
def test_identical_sets_give_the_optimum(name: str) -> None:
    fake, real = inputs(name)
    same = fake if metrics.get(name).needs == "labels" else real
    better = run(name, same, same)
    for output, (optimum, stderr, _) in better.items():
        assert optimum == pytest.approx({"psnr": 100, "fid": 0, "fd_effnet": 0}.get(output, 1), abs=1e-9)
        assert stderr == pytest.approx(0, abs=1e-7)
        worse = run(name, fake, real)[output].value
        assert (optimum > worse) == metrics.get(name).higher_is_better


@each_metric
def test_too_few_images(name: str) -> None:
    fake, real = inputs(name)
    minimum = metrics.get(name).minimum
    assert run(name, fake[:minimum], real[:minimum])
    if minimum > 1:
        with pytest.raises(InputError, match=f"at least {minimum}"):
            run(name, fake[: minimum - 1], real[: minimum - 1])


def test_processes_do_not_matter(tmp_path: Path) -> None:
    # Unequal shares: rank 0 has two batches of 8, rank 1 one.
    start: Callable[..., Any] = torch.multiprocessing.spawn
    start(_work, (tmp_path,), nprocs=2)
    for rank in range(2):
        found = json.loads((tmp_path / f"{rank}.json").read_text())
        for name in metrics.names():
            assert_close({k: Value(*v) for k, v in found[name].items()}, run(name, *inputs(name)))


def _work(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    results = {}
    for name in metrics.names():
        fake, real = inputs(name)
        metric = make(name)
        for x, y in list(zip(fake.split(8), real.split(8), strict=True))[rank::2]:
            metric.update(x, y)
        results[name] = metric.compute()
    (folder / f"{rank}.json").write_text(json.dumps(results))
    torch.distributed.destroy_process_group()
