"""`sisbench scene-head`: train the small classifiers of scenes that cross-view scores rest on."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from sisbench.cli.names import complete_datasets
from sisbench.cli.screen import echo


@click.group("scene-head")
def scene_head() -> None:
    """Train the small classifiers of scenes that cross-view scores rest on."""


@scene_head.command()
@click.option(
    "--dataset",
    required=True,
    shell_complete=complete_datasets,
    help="Data set to learn from; it must have scene categories.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Folder or zip archive of the data. Without it: $SISBENCH_DATA/NAME, then the files in the package.",
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The .safetensors file to write.")
def train(dataset: str, root: Path | None, output: Path) -> None:
    """Train a scene head on the train split of a data set and score it on the real photos of its evaluation split.

    The head is a linear softmax layer on EfficientNet-Lite0 features; strength of its penalty and temperature come from
    cross-validation inside the train split. The file holds the weights and, in its metadata, the facts of the training
    and the scores. The same photos give the same file.

    \b
    Examples:
      sisbench scene-head train --dataset tinytown --output head.safetensors
      sisbench scene-head train --dataset tinytown --root town --output head.safetensors
    """  # noqa: D301 - click wants the character \b
    from tqdm import tqdm

    from sisbench import datasets
    from sisbench.scene_head_training import train_scene_head

    found = datasets.get(dataset)
    words = ["sisbench", "scene-head", "train", "--dataset", dataset]
    words += ["--root", root.name] if root else []  # its place on this machine is nobody's business
    words += ["--output", output.name]
    with tqdm(unit="photo", delay=1.0) as bar:  # an error about the input comes without an empty bar

        def log(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        tree = datasets.locate(found, root)
        scores = train_scene_head(found, tree, output, command=shlex.join(words), log=log)
    top1 = scores["top1"]
    echo(
        f"{output}: top-1 {100 * top1.value:.2f} % (standard error {100 * (top1.stderr or 0):.2f}), mean confidence "
        f"{100 * scores['confidence'].value:.2f} %, log loss {scores['log_loss'].value:.4f} on {top1.n} real images "
        f"of {dataset}, split {found.card.eval_split}"
    )
