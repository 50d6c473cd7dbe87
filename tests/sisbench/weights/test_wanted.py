from __future__ import annotations

import pytest

from sisbench import metrics, protocols
from sisbench.errors import InputError
from sisbench.weights import needed_by


def found(name: str) -> set[str]:
    return {weight.name for weight in needed_by(name)}


@pytest.mark.parametrize(
    ("metric", "files"),
    [
        ("fid", {"inception-2015-12-05"}),
        ("fd_effnet", {"efficientnet-lite0"}),
        ("ssim", set()),
        ("is", {"inception-2015-12-05"}),
    ],
)
def test_files_of_a_metric(metric: str, files: set[str]) -> None:
    assert found(metric) == files


def test_files_of_a_protocol() -> None:
    assert found("tinytown-v1") >= {"efficientnet-lite0", "inception-2015-12-05", "drn_d_22_quarter.tinytown"}


def test_every_metric_that_needs_a_network_has_files() -> None:
    fixed = [name for name in metrics.names() if metrics.get(name).needs.startswith(("feature:", "samples:lpips"))]
    assert fixed
    assert [name for name in fixed if not needed_by(name)] == []


@pytest.mark.parametrize("protocol", protocols.names())
def test_every_protocol_is_answered(protocol: str) -> None:
    segmenters = {s.segmentation.segmenter for s in protocols.get(protocol).scorings if s.segmentation}
    named = {name.partition("/")[0] for name in found(protocol)}  # a release may have several files
    assert {name for name in named if "." in name and not name.startswith("lpips")} == segmenters


def test_a_network_of_the_protocol_s_choice() -> None:
    with pytest.raises(InputError, match=r"the choice of a protocol.*Name the protocol"):
        needed_by("miou")


def test_unknown_name() -> None:
    with pytest.raises(InputError, match="'fdi' is not a protocol or a metric; closest: 'fid'"):
        needed_by("fdi")
