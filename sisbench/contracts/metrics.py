"""What every metric promises, whatever it measures: one bench for sisbench's own and for those of plug-ins."""

from __future__ import annotations

import contextlib
import json
import math
import pickle

import torch

from sisbench import features, metrics
from sisbench.contracts._base import NotApplicable, Suite, Violation, require, require_close
from sisbench.contracts._metric_inputs import (
    KINDS,
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
from sisbench.contracts._metric_processes import require_same_in_processes
from sisbench.errors import InputError

BATCH_SIZES = (1, 5)


def declares_what_it_needs(name: str) -> None:
    """It declares what it needs, its numbers and their direction, and has a docstring."""
    metric = metrics.get(name)
    needs = getattr(metric, "needs", None)
    require(isinstance(needs, str), f"needs is {needs!r}, not one of {', '.join(KINDS)}")
    kind, _, network = metric.needs.partition(":")
    require(kind in KINDS, f"needs is {metric.needs!r}, not one of {', '.join(KINDS)}")
    if kind == "feature":
        known = features.names()
        require(network.partition("/")[0] in known, f"{network!r} is no feature network; known: {', '.join(known)}")
    require(metric.one_sided or kind not in ("labels", "samples"), f"a metric of {kind!r} is one-sided by nature")
    require(isinstance(getattr(metric, "higher_is_better", None), bool), "higher_is_better is neither True nor False")
    outputs = getattr(metric, "outputs", None)
    named = isinstance(outputs, tuple) and len(set(outputs)) == len(outputs) > 0
    require(named, f"outputs is {outputs!r}, no tuple of different names")
    require(bool(metric.__doc__), "it has no docstring")


def shares_no_output(name: str) -> None:
    """Its numbers have names that no other metric's numbers have."""
    for other in metrics.names():
        shared = set(metrics.get(other).outputs) & set(metrics.get(name).outputs) if other != name else set()
        require(not shared, f"{', '.join(sorted(shared))} is a number of {other}, too")


def results_are_finite(name: str) -> None:
    """Its results are plain finite numbers with a positive standard error and the number of images."""
    results = run(name, inputs(name))
    expected = metrics.get(name).outputs
    require(tuple(results) == expected, f"compute gives {tuple(results)}; outputs declares {expected}")
    for output, (value, stderr, n) in results.items():
        require(type(value) is float and math.isfinite(value), f"{output} is {value!r}, no finite float")
        require(type(stderr) is float and stderr > 0, f"the standard error of {output} is {stderr!r}, not above 0")
        require(n == size_of(name), f"{output} counts {n} images of {size_of(name)}")
    json.dumps(results, allow_nan=False)


def influences_follow_their_images(name: str) -> None:
    """The influences of all images sum to 0, and each goes with its image."""
    batch, n = inputs(name), size_of(name)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(2))
    straight, shuffled = feed(make(name), batch).estimates(), feed(make(name), cut(batch, order)).estimates()
    for output, estimate in straight.items():
        influence, other = estimate.influence, shuffled[output].influence
        if influence is None or other is None:
            raise Violation(f"{output} has no influences")
        require(influence.dtype == torch.float64, f"the influences of {output} are {influence.dtype}, not float64")
        require(influence.shape == (n,), f"the influences of {output} have shape {tuple(influence.shape)}, not ({n},)")
        scale, total = float(influence.abs().max()), float(influence.sum())
        require(abs(total) <= 1e-9 * n * scale, f"the influences of {output} sum to {total:.3g}")
        apart = float((other - influence[order]).abs().max())
        require(apart <= 1e-8 * scale, f"influences of {output} move by {apart:.3g} when the images are shuffled")


def batch_size_does_not_matter(name: str) -> None:
    """The size of the batches does not matter."""
    for batch_size in BATCH_SIZES:
        require_same_in_batches(name, batch_size)


def require_same_in_batches(name: str, batch_size: int) -> None:
    """Raise a `Violation` unless batches of this size get the numbers of a single one."""
    batch, when = inputs(name), f"in batches of {batch_size}"
    require_close(run(name, batch, batch_size), run(name, batch), when)
    found, expected = counts(feed(make(name), batch, batch_size)), counts(feed(make(name), batch))
    require(found == expected, f"{when} its integer states differ")


def order_does_not_matter(name: str) -> None:
    """The order of the images does not matter."""
    batch = inputs(name)
    order = torch.randperm(size_of(name), generator=torch.Generator().manual_seed(1))
    require_close(run(name, cut(batch, order), 5), run(name, batch), "in another order")


def parts_merge(name: str) -> None:
    """Parts that are taken in apart and merged equal a single pass."""
    batch = inputs(name)
    first, second = feed(make(name), cut(batch, slice(0, 2))), feed(make(name), cut(batch, slice(2, None)))
    second.merge_state(first)
    require_close(second.compute(), run(name, batch), "merged from two parts")


def compute_changes_nothing(name: str) -> None:
    """Computing twice gives the same; it can go on afterwards, and start anew."""
    batch = inputs(name)
    part = min(8, size_of(name) - 1)
    metric = feed(make(name), cut(batch, slice(0, part)))
    too_few_pixels = (InputError,) if kind_of(name) == "pixels+truth" else ()
    with contextlib.suppress(*too_few_pixels):
        first = metric.compute()
        metric._computed = None  # torchmetrics would give the same again
        require(metric.compute() == first, "compute called twice gives two results")
    feed(metric, cut(batch, slice(part, None)))
    require_close(metric.compute(), run(name, batch), "after a compute in between")
    metric.reset()
    require_close(feed(metric, batch).compute(), run(name, batch), "after a reset")


def state_is_small(name: str) -> None:
    """Its state grows with the number of images, by at most 10 kB each, and not with their size."""
    batch, n = inputs(name), size_of(name)
    half, whole = state_bytes(feed(make(name), cut(batch, slice(0, n // 2)))), state_bytes(feed(make(name), batch))
    if kind_of(name) in ("pixels", "pixels+truth", "labels"):
        enlarged = tuple(x.repeat_interleave(2, -1).repeat_interleave(2, -2) for x in batch)
        larger = state_bytes(feed(make(name), enlarged))
        require(larger <= whole + 8 * n, f"images of twice the size take {larger} bytes in place of {whole}")
    per_image = (whole - half) / (n - n // 2)
    kept = 2 * 40 * 8 if kind_of(name) in ("feature", "probabilities") else 0  # features are kept as they are
    require(per_image <= kept + 10_000, f"it keeps {per_image:.0f} bytes for each image")


def pickles(name: str) -> None:
    """It pickles with its state."""
    batch = inputs(name)
    copy = pickle.loads(pickle.dumps(feed(make(name), cut(batch, slice(0, 3)))))
    require_close(feed(copy, cut(batch, slice(3, None))).compute(), run(name, batch), "pickled on the way")


def identical_sets_are_optimal(name: str) -> None:
    """Identical sets get the optimum, and other sets a worse value."""
    metric, same = metrics.get(name), identical(name)
    if same is None:
        require(metric.one_sided, "it compares two sides, but takes one")
        raise NotApplicable("it judges one set alone: nothing to be identical with")
    worse = run(name, inputs(name))
    for output, (value, _, _) in run(name, same).items():
        if kind_of(name) == "samples":  # equal samples are the least diverse
            least = float(not metric.higher_is_better)
            require(abs(value - least) <= 1e-12, f"{output} of equal samples is {value!r}, not {least}")
            ordered = (value < worse[output].value) == metric.higher_is_better
            require(ordered, f"{output} of equal samples is {value!r}, of others {worse[output].value!r}")
            continue
        optimum = metric.optimum.get(output, float(metric.higher_is_better))
        if optimum is not None:
            exact = abs(value - optimum) <= 1e-9
            require(exact, f"{output} of identical sets is {value!r}, not {optimum!r} (see Metric.optimum)")
        ordered = value != worse[output].value and (value > worse[output].value) == metric.higher_is_better
        require(ordered, f"{output} of identical sets is {value!r}, of others {worse[output].value!r}: not worse")


def too_few_images_are_refused(name: str) -> None:
    """It has a value from `minimum` images on, and refuses fewer with an InputError that says so."""
    batch, minimum = inputs(name), metrics.get(name).minimum
    if kind_of(name) != "pixels+truth":  # those count pixels, too
        require(bool(run(name, cut(batch, slice(0, minimum)))), f"{minimum} images give no value")
    if minimum == 1:
        return
    try:
        found = run(name, cut(batch, slice(0, minimum - 1)))
    except InputError as error:
        require(f"at least {minimum}" in str(error), f"the message does not say 'at least {minimum}': {error}")
        return
    raise Violation(f"{minimum - 1} images give {found}; minimum is {minimum}")


def processes_do_not_matter(name: str) -> None:
    """Two processes that share the images get the numbers of one."""
    require_same_in_processes([name], 2)


SUITE = Suite(
    (
        declares_what_it_needs,
        shares_no_output,
        results_are_finite,
        identical_sets_are_optimal,
        influences_follow_their_images,
        order_does_not_matter,
        batch_size_does_not_matter,
        parts_merge,
        compute_changes_nothing,
        state_is_small,
        pickles,
        too_few_images_are_refused,
        processes_do_not_matter,
    ),
    lambda name: [name],
)
