"""One bench for every registered metric: what an accumulator promises, whatever it measures."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sisbench import metrics
from sisbench.contracts import NotApplicable
from sisbench.contracts import metrics as contract
from sisbench.contracts._base import require_close
from sisbench.contracts._metric_inputs import cut, feed, identical, inputs, kind_of, make, run, size_of
from sisbench.errors import InputError

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
    contract.declares_what_it_needs(name)


@each_metric
def test_results_are_plain_finite_numbers(name: str) -> None:
    contract.results_are_finite(name)


@each_metric
def test_influences_sum_to_nothing_and_follow_their_images(name: str) -> None:
    contract.influences_follow_their_images(name)


@each_metric
@pytest.mark.parametrize("batch_size", contract.BATCH_SIZES)
def test_batch_size_does_not_matter(name: str, batch_size: int) -> None:
    contract.require_same_in_batches(name, batch_size)


@each_metric
def test_order_does_not_matter(name: str) -> None:
    contract.order_does_not_matter(name)


@each_metric
def test_merged_parts_equal_a_single_pass(name: str) -> None:
    contract.parts_merge(name)


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
    require_close(whole.compute(), run(name, batch), "merged from several parts")


@each_metric
def test_compute_twice_then_go_on(name: str) -> None:
    contract.compute_changes_nothing(name)


@each_metric
def test_state_grows_with_the_number_of_images_and_not_with_their_size(name: str) -> None:
    contract.state_is_small(name)


@each_metric
def test_it_pickles_with_its_state(name: str) -> None:
    contract.pickles(name)


@each_metric
def test_identical_sets_give_the_optimum(name: str) -> None:
    metric, same = metrics.get(name), identical(name)
    if same is None:
        with pytest.raises(NotApplicable, match="judges one set alone"):
            contract.identical_sets_are_optimal(name)
        return
    contract.identical_sets_are_optimal(name)
    worse = run(name, inputs(name))
    for output, (value, _, _) in run(name, same).items():
        if output.startswith("kid"):  # unbiased: of equal sets it is below 0 by the mean self-similarity
            assert value < 0 < worse[output].value
        elif kind_of(name) != "samples":
            assert value == pytest.approx(OPTIMUM.get(output, float(metric.higher_is_better)), abs=1e-9)


@each_metric
def test_too_few_images(name: str) -> None:
    contract.too_few_images_are_refused(name)


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_do_not_matter(processes: int) -> None:
    contract.require_same_in_processes(metrics.names(), processes)
