from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics._probabilities import by_rank, check_pairs, check_probabilities, require_classes, require_pairs


def test_what_is_taken() -> None:
    rows = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
    checked = check_probabilities(rows, "real")
    assert checked.dtype == torch.float64
    assert torch.equal(checked.float(), rows)
    softmax = (20 * torch.randn(50, 1000, generator=torch.Generator().manual_seed(0))).softmax(1)
    assert check_probabilities(softmax, "real").shape == (50, 1000)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (torch.tensor([0.5, 0.5]), r"of the real images are torch\.float32 of shape \(2,\); expected floating point"),
        (torch.tensor([[1, 0]]), r"torch\.int64 of shape \(1, 2\)"),
        (torch.tensor([[1.0]]), r"of shape \(1, 1\); expected"),
        (torch.tensor([[0.5, 0.5], [1.2, -0.2]]), r"row 1 of the real images' .* runs from -0\.2 to 1\.2 with sum 1;"),
        (torch.tensor([[3.0, -1.0]]), "Apply the softmax"),
        (torch.tensor([[0.5, 0.499]]), "with sum 0.999; expected probabilities of sum 1"),
        (torch.tensor([[0.5, 0.5], [float("nan"), 1.0]]), "row 1"),
    ],
)
def test_what_is_refused(bad: Tensor, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_probabilities(bad, "real")


def test_pairs() -> None:
    rows = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
    with pytest.raises(InputError, match=r"shape \(2, 2\) of generated images stand against real ones of .* \(1, 2\)"):
        check_pairs(rows, rows[:1])
    with pytest.raises(InputError, match="row 0 of the generated images'"):
        check_pairs(2 * rows, rows)
    with pytest.raises(InputError, match="row 0 of the real images'"):
        check_pairs(rows, 2 * rows)
    with pytest.raises(InputError, match="kl was created with paired=False; it compares each"):
        require_pairs("kl", paired=False)


def test_five_classes_have_no_top_five() -> None:
    require_classes("top5", 6)
    with pytest.raises(InputError, match="top5 takes the 5 most probable of 5 classes, which is all"):
        require_classes("top5", 5)


def test_equal_probabilities_rank_by_index() -> None:
    rows = torch.full((3, 400), 1 / 400)
    rows[1, 7] = 0.1
    ranked = by_rank(rows)
    assert ranked[0].tolist() == ranked[2].tolist() == list(range(400))
    assert ranked[1, :4].tolist() == [7, 0, 1, 2]
