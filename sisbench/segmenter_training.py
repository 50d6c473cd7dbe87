"""Training of a small segmenter on a data set, for the protocols whose images no published segmenter was trained on.

The weights that `segmenters` ships were made here. A segmenter learns from real images of the train split alone and is
scored on the real images of the split that evaluations use, because its score there bounds what a generator can reach.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

import segmenters
from segmenters import Schedule, Segmenter
from sisbench.card import IGNORED
from sisbench.data import Samples
from sisbench.datasets import Dataset
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.files import Tree, write_bytes
from sisbench.metrics.miou import MeanIoU


@dataclass(frozen=True)
class Phase:
    """One part of a training.

    Attributes:
        input_scale: Factor by which images are resized before the network.
        share: Share of the steps.
        batch_size: Images per step.
        lr: Largest learning rate.
    """

    input_scale: float
    share: float
    batch_size: int
    lr: float


PHASES = (
    Phase(input_scale=1.0, share=0.6, batch_size=8, lr=8e-3),
    Phase(input_scale=2.0, share=0.4, batch_size=4, lr=4e-3),
)
"""Images at their size first, where a step costs a quarter; then at twice their size, where an answer at 1/8 of the
network's input shows poles and signs. The last phase is the one that the weights are for."""

STEPS = 2000
"""Steps of the shipped weights; all phases together."""

BALANCE = 0.35
"""A class of frequency f weighs f ** -BALANCE in the loss: between all pixels alike (0) and all classes alike (1)."""


def train_segmenter(
    arch: str,
    dataset: Dataset,
    tree: Tree,
    output: Path,
    *,
    command: str,
    steps: int = STEPS,
    seed: int = 0,
    device: torch.device | str = "cpu",
    log: Callable[[int, int, float], None] | None = None,
) -> dict[str, Value]:
    """Train, write the weights, and score what was written.

    A run that was killed goes on where it stood when it is repeated: its state is kept beside `output` until the end.

    Args:
        arch: Architecture, as in `segmenters.names()`.
        dataset: The data set; its scored classes are the classes of the segmenter.
        tree: Its files.
        output: The .safetensors file to write: kernels in half precision, the facts of the training as JSON in its
            metadata entry "facts".
        command: What the user typed, for the metadata.
        steps: Optimiser steps, all phases together.
        seed: Seed of the initial weights, the order of the images and their random views.
        device: Where to train.
        log: Called after every step with the number of finished steps, of all steps, and the loss.

    Returns:
        mIoU and accuracy on the real images of the evaluation split ("miou", "accuracy"; classes in prediction or
        truth, ignored pixels left out).

    Raises:
        InputError: The data cannot be read.
        SegmenterError: Unknown architecture, or a state beside `output` that belongs to another run.
    """
    if output.suffix != ".safetensors":
        raise InputError(f"the weights are written as safetensors, but the output is {output}. Name it *.safetensors.")
    card = dataset.card
    samples, held_out = Samples(dataset, tree, "train"), Samples(dataset, tree, card.eval_split)
    with torch.random.fork_rng(devices=[]):  # the initial weights depend on the seed alone
        torch.manual_seed(seed)
        segmenter = segmenters.create(arch, len(card.train_classes)).to(device)
    weights = class_weights(samples)
    data = samples.digest()
    states, before = [], 0
    for number, phase in enumerate(PHASES):
        is_last = number == len(PHASES) - 1
        schedule = Schedule(steps - before if is_last else round(steps * phase.share), lr=phase.lr)
        states.append(output.with_name(f".{output.name}.phase{number}"))
        segmenter.input_scale = phase.input_scale
        segmenters.train(
            segmenter,
            functools.partial(_batches, samples, phase.batch_size, (seed, number)),
            schedule,
            run=f"{arch} on {card.name} {data}, seed {seed}, phase {number}",
            checkpoint=states[-1],
            class_weights=weights,
            log=log and functools.partial(_log_phase, log, before, steps),
        )
        before += schedule.steps
    _round_kernels(segmenter)
    scores = score(segmenter, held_out)
    facts: dict[str, str | int | float] = {
        "arch": arch,
        "num_classes": segmenter.num_classes,
        "label_space": f"train ids of {card.title}",
        "input_scale": segmenter.input_scale,
        "dataset": card.name,
        "images": len(samples),
        "data_sha256": data,
        "seed": seed,
        "steps": steps,
        "command": command,
        "real_images": len(held_out),
        "real_miou": scores["miou"].value,
        "real_accuracy": scores["accuracy"].value,
        "torch": torch.__version__,
    }
    _write(segmenter, output, facts)
    for state in states:
        state.unlink(missing_ok=True)
    return scores


def class_weights(samples: Samples) -> Tensor:
    """Return the weight of each class in the loss, float32 (C,), such that the mean over all scored pixels is 1.

    A class that no pixel has gets the weight 0.
    """
    table, classes = torch.tensor(samples.card.train_id_table()), len(samples.card.train_classes)
    counts = torch.zeros(IGNORED + 1, dtype=torch.int64)
    for index in range(len(samples)):
        counts += torch.bincount(table[samples[index].layout].flatten(), minlength=IGNORED + 1)
    frequency = counts[:classes].double() / counts[:classes].sum()
    weights = torch.where(frequency > 0, frequency.clamp(min=1e-12) ** -BALANCE, 0)
    return (weights / (weights * frequency).sum()).float()


def score(segmenter: Segmenter, samples: Samples, batch_size: int = 8) -> dict[str, Value]:
    """Return mIoU and accuracy of a segmenter on real images ("miou", "accuracy"), by the arithmetic of the protocols.

    The mean runs over classes in prediction or truth; ignored pixels are left out of the accuracy.
    """
    table, device = torch.tensor(samples.card.train_id_table()), segmenter.mean.device
    metric = MeanIoU(segmenter.num_classes)
    for start in range(0, len(samples), batch_size):
        batch = [samples[index] for index in range(start, min(start + batch_size, len(samples)))]
        predicted = segmenter(torch.stack([sample.image for sample in batch]).to(device))
        metric.update(predicted.cpu(), table[torch.stack([sample.layout for sample in batch])])
    return metric.compute()


def _batches(
    samples: Samples, batch_size: int, seeds: tuple[int, ...], start_step: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield augmented batches for ever; each is a function of the seeds and its step."""
    table = torch.tensor(samples.card.train_id_table())
    for step in itertools.count(start_step):
        views = []
        for position in range(step * batch_size, (step + 1) * batch_size):
            epoch, place = divmod(position, len(samples))
            sample = samples[_order(len(samples), (*seeds, epoch))[place]]
            views.append(segmenters.augment(sample.image, table[sample.layout], _generator("view", *seeds, position)))
        images, targets = zip(*views, strict=True)
        yield torch.stack(images), torch.stack(targets)


@functools.lru_cache(maxsize=2)  # the epochs that a batch can touch
def _order(n: int, seeds: tuple[int, ...]) -> list[int]:
    order: list[int] = torch.randperm(n, generator=_generator("order", *seeds)).tolist()
    return order


def _generator(purpose: str, *numbers: int) -> torch.Generator:
    digest = hashlib.sha256(f"{purpose} {numbers}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8]) >> 1)


def _log_phase(log: Callable[[int, int, float], None], before: int, steps: int, step: int, loss: float) -> None:
    log(before + step, steps, loss)


def _round_kernels(segmenter: Segmenter) -> None:
    """Round convolution kernels to half precision, so that what is scored is what is written."""
    with torch.no_grad():
        for value in segmenter.state_dict().values():
            if value.ndim > 1:
                value.copy_(value.half())


def _write(segmenter: Segmenter, output: Path, facts: dict[str, str | int | float]) -> None:
    """Write kernels in half precision and vectors as they are (variances would lose digits, and are small).

    The facts are one metadata entry, in JSON: the order of several is random, and the same training must give the same
    file.
    """
    state = {
        key: (value.half() if value.ndim > 1 else value).cpu().contiguous()
        for key, value in segmenter.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    write_bytes(output, save(state, {"facts": json.dumps(facts)}))
