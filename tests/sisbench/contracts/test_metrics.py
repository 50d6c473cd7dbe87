"""Every contract of metrics is broken by a metric that does one thing wrong."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from sisbench import metrics
from sisbench.contracts import metrics as contract
from sisbench.metrics import Estimate, Metric, PerImageMean
from tests.sisbench import plugin_packages
from tests.sisbench.contracts.breaking import assert_all_seen, assert_broken, assert_kept, outcome

NAME = "probe"
SUITE = contract.SUITE


class Right(PerImageMean):
    """Mean absolute difference."""

    outputs = ("probe_mae",)
    higher_is_better = False

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        return (fake.double() - real.double()).abs().flatten(1).mean(1)


class OneSided(Right):
    """Mean grey level."""

    one_sided = True

    def update(self, fake: Tensor, real: Tensor | None = None) -> None:
        self.append(values=fake.double().flatten(1).mean(1))


class Undirected(Right):
    higher_is_better = "no"  # type: ignore[assignment]


class Needy(Right):
    needs = "feature:no_such_network"


class Undocumented(Right):
    pass


Undocumented.__doc__ = None


class Taken(Right):
    """Shares the name of a number."""

    outputs = ("psnr",)


class Nan(Right):
    """NaN for one image of all."""

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        values = super().measure(fake, real)
        values[0] = torch.nan
        return values


class Sure(Right):
    """Without an error."""

    def estimates(self) -> dict[str, Estimate]:
        return {name: Estimate(e.value, None, None, 24) for name, e in super().estimates().items()}


class Half(Right):
    """Counts fewer images than there are."""

    def estimates(self) -> dict[str, Estimate]:
        return {"probe_mae": Estimate.mean(torch.cat(list(self.values))[::2])}


class Renamed(Right):
    """Gives another number than it declares."""

    def estimates(self) -> dict[str, Estimate]:
        return {"other": super().estimates()["probe_mae"]}


class Uncentred(Right):
    """Influences that do not sum to 0."""

    def estimates(self) -> dict[str, Estimate]:
        return {n: Estimate(e.value, e.influence + 1) for n, e in super().estimates().items()}  # type: ignore[operator]


class Sorted(Right):
    """Influences in the order of their size."""

    def estimates(self) -> dict[str, Estimate]:
        return {
            n: Estimate(e.value, e.influence.sort().values)  # type: ignore[union-attr]
            for n, e in super().estimates().items()
        }


class Ordered(Right):
    """Weights the first image most."""

    def estimates(self) -> dict[str, Estimate]:
        values = torch.cat(list(self.values))
        return {"probe_mae": Estimate.mean(values * torch.linspace(2, 0, len(values)))}


class PerBatch(Right):
    """Divides by what the batch holds."""

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        return super().measure(fake, real) / float(fake.double().std())


class Unmerged(Right):
    """Keeps its sums outside of its state."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.outside: list[Tensor] = []

    def update(self, fake: Tensor, real: Tensor) -> None:
        super().update(fake, real)
        self.outside.append(self.measure(fake, real))

    def estimates(self) -> dict[str, Estimate]:
        return {"probe_mae": Estimate.mean(torch.cat(self.outside))}


class Consumed(Right):
    """Forgets what it has computed."""

    def estimates(self) -> dict[str, Estimate]:
        found = super().estimates()
        self.values = [torch.cat(list(self.values))[:1]]
        return found


class Hoarding(Right):
    """Keeps the images."""

    images: list[Tensor]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("images", default=[], dist_reduce_fx="cat")

    def update(self, fake: Tensor, real: Tensor) -> None:
        super().update(fake, real)
        self.images.append(fake)


class Unpicklable(Right):
    """Holds a function without a name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.function = lambda x: x


class Backwards(Right):
    """Calls the better one worse."""

    higher_is_better = True


class Offset(Right):
    """Identical images are one grey level apart."""

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        return super().measure(fake, real) + 1


class Constant(Right):
    """Sees no difference at all."""

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        return torch.zeros(len(fake), dtype=torch.float64)


class Undemanding(Right):
    """Declares a minimum and does not ask for it."""

    minimum = 3


CASES: list[tuple[str, type[Metric], str]] = [
    ("declares_what_it_needs", Needy, "'no_such_network' is no feature network; known: "),
    ("declares_what_it_needs", Undocumented, "it has no docstring"),
    ("shares_no_output", Taken, "psnr is a number of psnr, too"),
    ("results_are_finite", Nan, "probe_mae is nan, no finite float"),
    ("results_are_finite", Sure, "the standard error of probe_mae is None"),
    ("results_are_finite", Half, "probe_mae counts 12 images of 24"),
    ("results_are_finite", Renamed, "compute gives ('other',); outputs declares ('probe_mae',)"),
    ("influences_follow_their_images", Uncentred, "the influences of probe_mae sum to 24"),
    ("influences_follow_their_images", Sorted, "when the images are shuffled"),
    ("influences_follow_their_images", Sure, "probe_mae has no influences"),
    ("order_does_not_matter", Ordered, "in another order probe_mae is "),
    ("batch_size_does_not_matter", PerBatch, "in batches of 1 probe_mae is "),
    ("parts_merge", Unmerged, "merged from two parts probe_mae is "),
    ("compute_changes_nothing", Consumed, "compute called twice gives two results"),
    ("state_is_small", Hoarding, "images of twice the size take"),
    ("pickles", Unpicklable, "it raises "),
    ("identical_sets_are_optimal", Backwards, "probe_mae of identical sets is 0.0, not 1.0 (see Metric.optimum)"),
    ("identical_sets_are_optimal", Offset, "probe_mae of identical sets is 1.0, not 0.0"),
    ("identical_sets_are_optimal", Constant, "not worse"),
    ("too_few_images_are_refused", Undemanding, "minimum is 3"),
]


@pytest.fixture
def registered() -> Iterator[Any]:
    """Register a metric for one test."""
    entries = metrics._registry._entries

    def register(metric: type[Metric]) -> None:
        metrics.register(NAME)(metric)

    yield register
    entries._entries.pop(NAME, None)
    entries._modules.pop(NAME, None)


def test_a_right_metric_keeps_every_contract(registered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(Right)
    monkeypatch.setattr(contract, "require_same_in_processes", lambda names, processes: None)  # they would not know it
    assert_kept(SUITE, NAME)


def test_every_contract_is_seen_to_fail() -> None:
    assert_all_seen(SUITE, [*CASES, ("processes_do_not_matter",)])


@pytest.mark.parametrize(("name", "metric", "reason"), CASES, ids=[f"{c}-{m.__name__}" for c, m, _ in CASES])
def test_a_broken_metric_is_found(registered: Any, name: str, metric: type[Metric], reason: str) -> None:
    registered(metric)
    assert_broken(SUITE, name, NAME, reason)


def test_a_metric_of_one_side_has_nothing_to_be_identical_with(registered: Any, monkeypatch: Any) -> None:
    registered(OneSided)
    monkeypatch.setattr(contract, "identical", lambda name: None)
    found = outcome(SUITE, "identical_sets_are_optimal", NAME)
    assert (found.status, found.reason) == ("n/a", "it judges one set alone: nothing to be identical with")


@pytest.mark.parametrize("metric", [Undirected, int, "probe", Metric])
def test_what_is_no_metric_cannot_be_registered(registered: Any, metric: Any) -> None:
    with pytest.raises(TypeError, match="'probe' cannot be registered as a metric"):
        registered(metric)


def test_a_metric_that_does_not_synchronise_is_found(
    registered: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processes find it as users' processes do: by its entry point."""
    text = """
        import torch
        from sisbench.metrics import Estimate, Metric, register

        @register("probe")
        class Alone(Metric):
            needs, outputs, higher_is_better = "pixels", ("probe_mae",), False

            def __init__(self, **options):
                super().__init__(**options)
                self.values = []

            def update(self, fake, real):
                self.values.append((fake.double() - real).abs().flatten(1).mean(1))

            def estimates(self):
                return {"probe_mae": Estimate.mean(torch.cat(self.values))}
    """
    files = {"alone_plugin.py": textwrap.dedent(text)}
    plugin_packages.write(tmp_path, "alone", {"sisbench.metrics": {NAME: "alone_plugin"}}, files)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    import alone_plugin  # noqa: F401

    assert_broken(SUITE, "processes_do_not_matter", NAME, "as process 0 of 2 probe_mae is ")


def test_every_contract_says_what_it_promises() -> None:
    promises = [(each.__doc__ or "").partition("\n")[0] for each in SUITE.contracts]
    assert all(promise.endswith(".") for promise in promises)
    assert all(first != second for first, second in itertools.combinations(promises, 2))
