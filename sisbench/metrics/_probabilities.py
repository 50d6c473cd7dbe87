"""What the scores of class probabilities share: checks of what a classifier gave."""

from __future__ import annotations

import torch
from torch import Tensor

from sisbench.errors import InputError

TOP = 5
"""The k of "top-5"."""

SUM_TOLERANCE = 1e-4
"""How far the sum of a row may be from 1: a float32 softmax of a thousand classes stays ten times closer."""


def check_probabilities(probabilities: Tensor, side: str) -> Tensor:
    """Return the probabilities as float64, if they are some.

    Args:
        probabilities: (N, K), floating point; each row at least 0, with sum 1 up to `SUM_TOLERANCE`.
        side: Whose they are, for the message ("generated").

    Raises:
        InputError: They are something else; the first bad row is named.
    """
    if probabilities.ndim != 2 or not probabilities.is_floating_point() or probabilities.shape[1] < 2:
        raise InputError(
            f"class probabilities of the {side} images are {probabilities.dtype} of shape "
            f"{tuple(probabilities.shape)}; expected floating point of shape (N, K) with K of at least 2. "
            "Give one row of class probabilities per image."
        )
    rows = probabilities.double()
    good = (rows >= 0).all(1) & ((rows.sum(1) - 1).abs() <= SUM_TOLERANCE)  # false for NaN
    if not good.all():
        row = int((~good).nonzero()[0])
        raise InputError(
            f"row {row} of the {side} images' class probabilities runs from {float(rows[row].min()):.3g} to "
            f"{float(rows[row].max()):.3g} with sum {float(rows[row].sum()):.6g}; expected probabilities of sum 1. "
            "Apply the softmax of the classifier first."
        )
    return rows


def check_pairs(fake: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """Return the class probabilities of both sides as float64, if they are pairs.

    Raises:
        InputError: Shapes differ, or a side holds no probabilities.
    """
    if fake.shape != real.shape:
        raise InputError(
            f"class probabilities of shape {tuple(fake.shape)} of generated images stand against real ones of shape "
            f"{tuple(real.shape)}; each generated image is compared with the real one of its layout. "
            "Give both in one shape (N, K), from one classifier."
        )
    return check_probabilities(fake, "generated"), check_probabilities(real, "real")


def require_pairs(metric: str, paired: bool) -> None:
    """Raise an InputError where a score that compares images one by one is asked for independent sets."""
    if not paired:
        raise InputError(
            f"{metric} was created with paired=False; it compares each generated image with the real one of the same "
            "layout and does not exist for independent sets. Leave it out, or give pairs."
        )


def require_classes(what: str, num_classes: int) -> None:
    """Raise an InputError unless there are more than `TOP` classes: the five most probable of five say nothing."""
    if num_classes <= TOP:
        raise InputError(
            f"{what} takes the {TOP} most probable of {num_classes} classes, which is all of them; expected a "
            f"classifier of more than {TOP} classes. Choose another classifier, or leave this metric out."
        )


def by_rank(probabilities: Tensor) -> Tensor:
    """Return the classes of each row from most to least probable, int64 (N, K); of equal ones the lower comes first.

    >>> by_rank(torch.tensor([[0.25, 0.5, 0.25]]))
    tensor([[1, 0, 2]])
    """
    return torch.sort(probabilities, dim=1, descending=True, stable=True).indices
