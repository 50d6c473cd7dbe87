"""Training of a scene head: multinomial logistic regression on the features of real photos.

The head learns from the real photos of the train split alone and is scored on those of the split that evaluations use.
Everything but the features is float64, full-batch and convex, so the same photos give the same head.

The strength of the penalty is the one with the smallest log loss on held-out photos, in cross-validation inside the
train split: scores take the probabilities at their word (divergences, "confident" above 0.5), so they must be
calibrated, and log loss is the score that calibrated probabilities win. What miscalibration is left on the held-out
photos is taken out by one temperature (Guo et al., ICML 2017), which is folded into the weights.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.optimize
import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor

from sisbench import features
from sisbench.data import Samples
from sisbench.datasets import Dataset
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.features import FeatureNet
from sisbench.files import Tree, write_bytes
from sisbench.metrics import Estimate
from sisbench.metrics.crossview_accuracy import CONFIDENT
from sisbench.views import open_samples

NETWORK = "effnet"
"""The feature network: small, and its weights come with a package, so that the head works offline."""

FOLDS = 5
"""Parts of the train split, each held out once."""

STRENGTHS = tuple(10 ** (exponent / 2) for exponent in range(-12, 1))
"""Penalties to choose from, 1e-6 to 1: lambda in mean log loss + lambda / 2 |W|^2, for scaled features."""

GRADIENT = 1e-7
"""Largest slope of the loss that a fit may end with."""

BATCH_SIZE = 8
"""Images that the network sees at once."""


def train_scene_head(
    dataset: Dataset, tree: Tree, output: Path, *, command: str, log: Callable[[int, int], None] | None = None
) -> dict[str, Value]:
    """Train a head, write it, and score what was written.

    Args:
        dataset: The data set; its scene categories are those of the head.
        tree: Its files.
        output: The .safetensors file to write.
        command: What the user typed, for the metadata.
        log: Called after every batch with the number of images that went through the network, of all images.

    Returns:
        On the real photos of the evaluation split: "top1" (share that is classified right), "log_loss" (mean, in nats),
        "confidence" (mean of the largest probability; equal to top1 where calibrated), "confident" (share whose largest
        probability exceeds 0.5).

    Raises:
        InputError: The data cannot be read, has no scene categories, or has one with fewer than two train photos.
        Unavailable: The feature network is not on this machine.
    """
    if output.suffix != ".safetensors":
        raise InputError(
            f"a scene head is written as safetensors, but the output is {output}; expected a name that ends in "
            ".safetensors. Rename it."
        )
    card = dataset.card
    if not card.categories:
        raise InputError(
            f"{card.title} has no scene categories; a scene head needs a data set whose card names some, as that of "
            "tinytown does. Choose another data set."
        )
    samples, held_out = open_samples(dataset, tree, "train"), open_samples(dataset, tree, card.eval_split)
    target = categories_of(samples)
    require_photos(target, card.categories)
    network = features.create(NETWORK)
    total = len(samples) + len(held_out)
    train = extract(network, samples, lambda done: log(done, total) if log else None)
    real = extract(network, held_out, lambda done: log(len(samples) + done, total) if log else None)
    weight, bias, choices = fit_calibrated(train, target, len(card.categories))
    weight, bias = weight.float(), bias.float()
    scores = score(weight, bias, real, categories_of(held_out))
    facts: dict[str, Any] = {
        "network": NETWORK,
        "network_sha256": network.digest,
        "dataset": card.name,
        "categories": card.categories,
        "size": samples.size,
        "images": len(samples),
        "data_sha256": samples.digest(),
        "folds": FOLDS,
        **choices,
        "command": command,
        "real_images": len(held_out),
        **{f"real_{name}": value.value for name, value in scores.items()},
        "torch": torch.__version__,
    }
    # One metadata entry, since the order of several is random, and the same training must give the same file.
    state = {"weight": weight.contiguous(), "bias": bias.contiguous()}
    write_bytes(output, save(state, {"facts": json.dumps(facts)}))
    return scores


def extract(network: FeatureNet, samples: Samples, log: Callable[[int], None]) -> Tensor:
    """Return the pooled features of all photos, float64 (n, D)."""
    parts = []
    for start in range(0, len(samples), BATCH_SIZE):
        stop = min(start + BATCH_SIZE, len(samples))
        parts.append(network(torch.stack([samples[i].image for i in range(start, stop)])))
        log(stop)
    return torch.cat(parts)


def categories_of(samples: Samples) -> Tensor:
    """Return the scene category of every sample as its place on the card, int64 (n,)."""
    places: dict[str | None, int] = {category: place for place, category in enumerate(samples.card.categories)}
    return torch.tensor([places[item.category] for item in samples.items])


def require_photos(target: Tensor, categories: tuple[str, ...]) -> None:
    """Raise an InputError unless every category has two photos, one to hold out and one to learn from."""
    counts = torch.bincount(target, minlength=len(categories)).tolist()
    if lacking := [f"{category} ({n})" for category, n in zip(categories, counts, strict=True) if n < 2]:
        raise InputError(
            f"categories with fewer than two train photos: {', '.join(lacking)}; cross-validation needs at least two "
            "of each. Give the whole train split."
        )


def fit_calibrated(train: Tensor, target: Tensor, num_classes: int) -> tuple[Tensor, Tensor, dict[str, float]]:
    """Fit a head whose penalty and temperature come from cross-validation.

    Args:
        train: Features, float64 (n, D).
        target: Categories, int64 (n,); at least two samples of each.
        num_classes: Number of categories K.

    Returns:
        weight (K, D) and bias (K,), float64, and what was chosen: "strength", "temperature", and "cv_log_loss" and
        "cv_top1" of the held-out samples at these.
    """
    held_out = {strength: cross_validate(train, target, num_classes, strength) for strength in STRENGTHS}
    losses = {strength: float(F.cross_entropy(logits, target)) for strength, logits in held_out.items()}
    strength = min(losses, key=losses.__getitem__)
    logits = held_out[strength]
    temperature = fit_temperature(logits, target)
    weight, bias = fit(train, target, num_classes, strength)
    choices = {
        "strength": strength,
        "temperature": temperature,
        "cv_log_loss": float(F.cross_entropy(logits / temperature, target)),
        "cv_top1": float((logits.argmax(1) == target).double().mean()),
    }
    return weight / temperature, bias / temperature, choices


def cross_validate(train: Tensor, target: Tensor, num_classes: int, strength: float) -> Tensor:
    """Return the logits of every sample by a head that did not see its part, float64 (n, K).

    Parts are drawn without a generator: the i-th sample of each category is in part i modulo `FOLDS`, so every part has
    all categories in equal shares.
    """
    ranks = (target[:, None] == target).tril(-1).sum(1)
    logits = torch.full((len(target), num_classes), torch.nan, dtype=torch.float64)
    for part in (ranks % FOLDS).unique():
        out = ranks % FOLDS == part
        weight, bias = fit(train[~out], target[~out], num_classes, strength)
        logits[out] = train[out] @ weight.T + bias
    return logits


def fit(train: Tensor, target: Tensor, num_classes: int, strength: float) -> tuple[Tensor, Tensor]:
    """Minimise mean log loss + strength / 2 |W|^2 over weights W of the scaled features and a free bias.

    Features are scaled by their root mean square deviation over samples and features.

    Args:
        train: Features, float64 (n, D).
        target: Categories, int64 (n,).
        num_classes: Number of categories K.
        strength: Strength of the penalty, greater than 0.

    Returns:
        weight (K, D) and bias (K,), float64, for features as they are.

    Raises:
        RuntimeError: The minimum was not reached.
    """
    mean = train.mean(0)
    # One unit for all features: in units of their own, those that hardly ever change would be blown up.
    scale = (train - mean).square().mean().sqrt()
    # The optimum lies in the span of the samples (representer theorem): search there, in min(n, D) coordinates.
    basis, coordinates = torch.linalg.qr(((train - mean) / scale).T)
    x = coordinates.T.numpy()
    truth = F.one_hot(target, num_classes).numpy().astype(np.float64)

    def objective(flat: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        table = flat.reshape(num_classes, -1)
        logits = x @ table[:, :-1].T + table[:, -1]
        logits -= logits.max(1, keepdims=True)
        exponentials = np.exp(logits)
        sums = exponentials.sum(1, keepdims=True)
        loss = (np.log(sums[:, 0]) - (logits * truth).sum(1)).mean() + strength / 2 * np.square(table[:, :-1]).sum()
        residual = (exponentials / sums - truth) / len(x)
        slope = np.concatenate([residual.T @ x + strength * table[:, :-1], residual.sum(0)[:, None]], 1)
        return float(loss), slope.ravel()

    start = np.zeros(num_classes * (x.shape[1] + 1))
    options = {"maxiter": 20_000, "maxfun": 40_000, "gtol": GRADIENT / 10, "ftol": 0, "maxcor": 20}
    found = scipy.optimize.minimize(objective, start, jac=True, method="L-BFGS-B", options=options)
    if not np.abs(found.jac).max() <= GRADIENT:  # its own flag also falls where only rounding ends the search
        raise RuntimeError(f"logistic regression ended at a gradient of {np.abs(found.jac).max():.1e}: {found.message}")
    table = torch.from_numpy(found.x.reshape(num_classes, -1))
    weight = table[:, :-1] @ basis.T / scale
    return weight, table[:, -1] - weight @ mean


def fit_temperature(logits: Tensor, target: Tensor) -> float:
    """Return the temperature, between exp(-3) and exp(3), that logits (n, K) have the smallest log loss under."""

    def loss(log_temperature: float) -> float:
        return float(F.cross_entropy(logits / np.exp(log_temperature), target))

    found = scipy.optimize.minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-9})
    return float(np.exp(found.x))


def score(weight: Tensor, bias: Tensor, real: Tensor, target: Tensor) -> dict[str, Value]:
    """Return the scores of a head on features of real photos; see `train_scene_head`."""
    logits = real @ weight.double().T + bias.double()
    top, seen = logits.softmax(1).max(1)
    each = {
        "top1": seen == target,
        "log_loss": F.cross_entropy(logits, target, reduction="none"),
        "confidence": top,
        "confident": top > CONFIDENT,
    }
    return {name: Estimate.mean(values).score() for name, values in each.items()}
