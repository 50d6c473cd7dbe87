"""One bench for every registered metric: what an accumulator promises, whatever it measures."""

from __future__ import annotations

import itertools
import json
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.multiprocessing
from hypothesis import given, settings
from hypothesis import strategies as st

from sisbench import features, metrics
from sisbench.errors import InputError
from sisbench.metrics import Value
from tests.sisbench.metrics.bench import (
    assert_close,
    counts,
    cut,
    feed,
    identical,
    inputs,
    kind_of,
    make,
    run,
    size_of,
    state_bytes,
)

each_metric = pytest.mark.parametrize("name", metrics.names())

# What equal sets give, where it is neither 1 (higher is better) nor 0 (lower is better).
OPTIMUM = {
    "psnr": 100,
    "sd": 100,
    "crossview_psnr": 88.130803608679,
    "crossview_sd": 88.130803608679,
    "crossview_kl": 1,
}


def test_the_metrics_of_the_mission_are_found() -> None:
    assert {"fid", "miou", "lpips_vgg", "ms_ssim", "lab_emd", "lbp", "kid", "is", "ssim", "psnr", "sd"} <= set(
        metrics.names()
    )
    with pytest.raises(InputError, match="closest: 'fid'"):
        metrics.get("fidd")


def test_no_two_metrics_share_an_output() -> None:
    outputs = [output for name in metrics.names() for output in metrics.get(name).outputs]
    assert len(outputs) == len(set(outputs))


@each_metric
def test_it_declares_what_it_needs(name: str) -> None:
    metric = metrics.get(name)
    kind, _, network = metric.needs.partition(":")
    assert kind in ("pixels", "pixels+truth", "labels", "feature", "probabilities", "samples")
    assert kind != "feature" or network.partition("/")[0] in features.names()
    assert metric.one_sided or kind not in ("labels", "samples")
    assert isinstance(metric.higher_is_better, bool)
    assert metric.__doc__


@each_metric
def test_results_are_plain_finite_numbers(name: str) -> None:
    results = run(name, inputs(name))
    assert tuple(results) == metrics.get(name).outputs
    for value, stderr, n in results.values():
        assert type(value) is float
        assert type(stderr) is float
        assert math.isfinite(value)
        assert stderr > 0
        assert n == size_of(name)
    json.dumps(results, allow_nan=False)


@each_metric
def test_influences_sum_to_nothing_and_follow_their_images(name: str) -> None:
    batch, n = inputs(name), size_of(name)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(2))
    straight, shuffled = feed(make(name), batch).estimates(), feed(make(name), cut(batch, order)).estimates()
    for output, estimate in straight.items():
        influence, other = estimate.influence, shuffled[output].influence
        assert influence is not None
        assert other is not None
        assert influence.dtype == torch.float64
        assert influence.shape == (n,)
        scale = float(influence.abs().max())
        assert float(influence.sum()) == pytest.approx(0, abs=1e-9 * n * scale)
        assert other.tolist() == pytest.approx(influence[order].tolist(), abs=1e-8 * scale)


@each_metric
@pytest.mark.parametrize("batch_size", [1, 5])
def test_batch_size_does_not_matter(name: str, batch_size: int) -> None:
    batch = inputs(name)
    assert_close(run(name, batch, batch_size), run(name, batch))
    assert counts(feed(make(name), batch, batch_size)) == counts(feed(make(name), batch))


@each_metric
def test_order_does_not_matter(name: str) -> None:
    batch = inputs(name)
    order = torch.randperm(size_of(name), generator=torch.Generator().manual_seed(1))
    assert_close(run(name, cut(batch, order), 5), run(name, batch))


@each_metric
def test_merged_parts_equal_a_single_pass(name: str) -> None:
    batch = inputs(name)
    first, second = feed(make(name), cut(batch, slice(0, 2))), feed(make(name), cut(batch, slice(2, None)))
    second.merge_state(first)
    assert_close(second.compute(), run(name, batch))


CHEAP = [name for name in metrics.names() if kind_of(name) in ("feature", "probabilities", "labels")]


@given(st.sampled_from(CHEAP), st.lists(st.integers(1, 23), min_size=1, max_size=4, unique=True), st.randoms())
@settings(deadline=None, max_examples=40)
def test_any_partition_in_any_order_merges_to_the_same(name: str, cuts: list[int], random: Any) -> None:
    batch = inputs(name)
    edges = [0, *sorted(cuts), size_of(name)]
    parts = [cut(batch, slice(a, b)) for a, b in itertools.pairwise(edges)]
    random.shuffle(parts)
    whole = feed(make(name), parts[0])
    for part in parts[1:]:
        whole.merge_state(feed(make(name), part))
    assert_close(whole.compute(), run(name, batch))


@each_metric
def test_compute_twice_then_go_on(name: str) -> None:
    batch = inputs(name)
    part = min(8, size_of(name) - 1)
    metric = feed(make(name), cut(batch, slice(0, part)))
    try:
        assert metric.compute() == metric.compute()
    except InputError:  # too few pixels of any class
        assert kind_of(name) == "pixels+truth"
    feed(metric, cut(batch, slice(part, None)))
    assert_close(metric.compute(), run(name, batch))
    metric.reset()
    assert_close(feed(metric, batch).compute(), run(name, batch))


@each_metric
def test_state_grows_with_the_number_of_images_and_not_with_their_size(name: str) -> None:
    batch, n = inputs(name), size_of(name)
    half, whole = state_bytes(feed(make(name), cut(batch, slice(0, n // 2)))), state_bytes(feed(make(name), batch))
    if kind_of(name) in ("pixels", "pixels+truth", "labels"):
        enlarged = tuple(x.repeat_interleave(2, -1).repeat_interleave(2, -2) for x in batch)
        assert state_bytes(feed(make(name), enlarged)) <= whole + 8 * n
    per_image = (whole - half) / (n - n // 2)
    features = 2 * 40 * 8 if kind_of(name) in ("feature", "probabilities") else 0  # they are kept as they are
    assert per_image <= features + 10_000


@each_metric
def test_it_pickles_with_its_state(name: str) -> None:
    batch = inputs(name)
    copy = pickle.loads(pickle.dumps(feed(make(name), cut(batch, slice(0, 3)))))
    assert_close(feed(copy, cut(batch, slice(3, None))).compute(), run(name, batch))


@each_metric
def test_identical_sets_give_the_optimum(name: str) -> None:
    metric, same = metrics.get(name), identical(name)
    if same is None:
        assert metric.one_sided  # it judges one set alone: nothing to be identical with
        return
    worse = run(name, inputs(name))
    for output, (value, _, _) in run(name, same).items():
        if output.startswith("kid"):  # unbiased: of equal sets it is below 0 by the mean self-similarity
            assert value < 0 < worse[output].value
        elif kind_of(name) == "samples":  # equal samples are the least diverse
            assert value == pytest.approx(float(not metric.higher_is_better), abs=1e-12)
            assert (value < worse[output].value) == metric.higher_is_better
        else:
            assert value == pytest.approx(OPTIMUM.get(output, float(metric.higher_is_better)), abs=1e-9)
            assert (value > worse[output].value) == metric.higher_is_better


@each_metric
def test_too_few_images(name: str) -> None:
    batch, minimum = inputs(name), metrics.get(name).minimum
    if kind_of(name) != "pixels+truth":  # those count pixels, too
        assert run(name, cut(batch, slice(0, minimum)))
    if minimum > 1:
        with pytest.raises(InputError, match=f"at least {minimum}"):
            run(name, cut(batch, slice(0, minimum - 1)))


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_do_not_matter(tmp_path: Path, processes: int) -> None:
    start: Callable[..., Any] = torch.multiprocessing.spawn
    start(_work, (processes, tmp_path), nprocs=processes)
    for rank in range(processes):
        found = json.loads((tmp_path / f"{rank}.json").read_text())
        for name in metrics.names():
            values, integers = found[name]
            assert_close({k: Value(*v) for k, v in values.items()}, run(name, inputs(name)))
            assert integers == counts(feed(make(name), inputs(name)))


def _work(rank: int, processes: int, folder: Path) -> None:
    """Take every n-th batch of two: unequal shares, and the last process may have one image less."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=processes
    )
    found = {}
    for name in metrics.names():
        metric, batch = make(name), inputs(name)
        for start in range(2 * rank, size_of(name), 2 * processes):
            feed(metric, cut(batch, slice(start, start + 2)))
        values = metric.compute()
        with metric.sync_context():
            found[name] = (values, counts(metric))
    (folder / f"{rank}.json").write_text(json.dumps(found))
    torch.distributed.destroy_process_group()
