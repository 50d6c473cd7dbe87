"""`sisbench segmenter`: train the small networks that read label maps off images."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from sisbench.cli.names import complete_datasets
from sisbench.cli.screen import echo
from sisbench.errors import InputError


@click.group()
def segmenter() -> None:
    """Train the small networks that read label maps off images."""


@segmenter.command()
@click.option("--arch", required=True, help="Architecture; see 'sisbench list segmenters'.")
@click.option(
    "--dataset",
    required=True,
    shell_complete=complete_datasets,
    help="Data set to learn from; see 'sisbench list datasets'.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Folder or zip archive of the data. Without it: $SISBENCH_DATA/NAME, then the files in the package.",
)
@click.option("--steps", type=click.IntRange(min=2), help="Optimiser steps.  [default: those of the shipped weights]")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of weights, order and random views.")
@click.option("--threads", type=click.IntRange(min=1), help="Processor threads.  [default: all]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The .safetensors file to write.")
def train(
    arch: str,
    dataset: str,
    root: Path | None,
    steps: int | None,
    seed: int,
    threads: int | None,
    device: str,
    output: Path,
) -> None:
    """Train a segmenter on the train split of a data set and score it on the real images of its evaluation split.

    The file holds the weights and, in its metadata, the facts of the training and the score. Repeating the command
    after it was stopped goes on where it stood.

    \b
    Examples:
      sisbench segmenter train --arch drn_d_22_quarter --dataset tinytown --output weights.safetensors
      sisbench segmenter train --arch drn_d_22 --dataset cityscapes --root /data/cityscapes --output drn.safetensors
    """  # noqa: D301 - click wants the character \b
    import torch
    from tqdm import tqdm

    import segmenters
    from sisbench import datasets
    from sisbench.segmenter_training import STEPS, train_segmenter

    if threads is not None:
        torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda was asked for, but PyTorch finds no CUDA device. Use auto or cpu.")
    steps = steps or STEPS
    found = datasets.get(dataset)
    words = ["sisbench", "segmenter", "train", "--arch", arch, "--dataset", dataset]
    words += ["--root", root.name] if root else []  # its place on this machine is nobody's business
    words += ["--steps", str(steps), "--seed", str(seed), "--output", output.name]
    with tqdm(total=steps, unit="step", delay=1.0) as bar:  # an error about the input comes without an empty bar

        def log(done: int, total: int, loss: float) -> None:
            bar.update(done - bar.n)
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)

        try:
            scores = train_segmenter(
                arch,
                found,
                datasets.locate(found, root),
                output,
                command=shlex.join(words),
                steps=steps,
                seed=seed,
                device=("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device,
                log=log,
            )
        except segmenters.SegmenterError as error:
            raise InputError(str(error)) from error
    miou, accuracy = scores["miou"], scores["accuracy"]
    echo(
        f"{output}: mIoU {100 * miou.value:.2f} % (standard error {100 * (miou.stderr or 0):.2f}), "
        f"accuracy {100 * accuracy.value:.2f} % on {miou.n} real images of {dataset}, split {found.card.eval_split}"
    )
