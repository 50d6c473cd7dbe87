from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from sisbench import datasets, evaluate
from sisbench.data import Samples
from sisbench.scoring import evaluate_samples

METRICS = ["fd_effnet", "miou", "miou_rules", "iou_by_size", "ssim", "psnr", "lab_emd", "lbp", "crossview_pixels"]


@pytest.fixture
def samples() -> Samples:
    """Eleven samples: one batch of eight, and one of three."""
    dataset = datasets.get("tinytown")
    return Samples(dataset, datasets.locate(dataset), "val", limit=11)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Give back the one thread that all tests run with."""
    yield
    torch.set_num_threads(1)


def darker(image: Tensor, number: int) -> Tensor:
    return (image.float() * (1 - 0.05 * number)).to(torch.uint8)


@pytest.mark.usefixtures("one_thread")
def test_the_number_of_threads_changes_no_bit(samples: Samples) -> None:
    fakes = {sample.key: darker(sample.image, number) for number, sample in enumerate(samples)}
    torch.set_num_threads(1)
    expected = evaluate(fakes, samples, metrics=METRICS)
    torch.set_num_threads(3)
    assert evaluate(fakes, samples, metrics=METRICS).per_image == expected.per_image
    assert evaluate(iter(fakes.items()), samples, metrics=METRICS) == expected


@pytest.mark.usefixtures("one_thread")
def test_the_number_of_threads_changes_no_bit_of_diversity(samples: Samples) -> None:
    sets = {s.key: torch.stack([darker(s.image.repeat(1, 2, 1)[:, :165], n) for n in range(3)]) for s in samples}
    torch.set_num_threads(1)
    expected = evaluate_samples(sets, metrics=["ms_ssim"])
    torch.set_num_threads(3)
    assert evaluate_samples(sets, metrics=["ms_ssim"]) == expected
