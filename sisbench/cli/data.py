"""`sisbench data`: look at a data set, and verify its files."""

from __future__ import annotations

from pathlib import Path

import click

from sisbench.cli.names import complete_datasets
from sisbench.cli.screen import echo

_NAME = click.argument("dataset", metavar="NAME", shell_complete=complete_datasets)
_ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Folder or zip archive of the data. Without it: $SISBENCH_DATA/NAME, then the files in the package.",
)


@click.group()
def data() -> None:
    """Look at a data set, and verify its files."""


@data.command()
@_NAME
@_ROOT
@click.option("--split", help="Which split to show.  [default: the one that evaluations use]")
@click.option("--output", type=click.Path(path_type=Path), help="The PNG to write.  [default: NAME-SPLIT.png]")
@click.option("--count", type=click.IntRange(min=1), default=12, show_default=True, help="Number of samples.")
def show(dataset: str, root: Path | None, split: str | None, output: Path | None, count: int) -> None:
    """Write a contact sheet of data set NAME.

    It shows photos, label maps, instance edges and aerial views, evenly spaced over the split, and the colours of the
    labels.

    \b
    Examples:
      sisbench data show tinytown
      sisbench data show cityscapes --root /data/cityscapes --split train --count 4 --output sheet.png
    """  # noqa: D301 - click wants the character \b
    from sisbench import datasets, images
    from sisbench.contact_sheet import contact_sheet
    from sisbench.data import Samples

    chosen = datasets.get(dataset)
    split = split or chosen.card.eval_split
    samples = Samples(chosen, datasets.locate(chosen, root), split, limit=count)
    output = output or Path(f"{dataset}-{split}.png")
    images.save_png(output, contact_sheet(samples))
    echo(f"{output}: {len(samples)} samples of {dataset}, split {split}")
    if samples.selection:
        echo(f"  {samples.selection}")


@data.command()
@_NAME
@_ROOT
@click.option("--split", "splits", multiple=True, help="Only this split; may be given several times.")
def check(dataset: str, root: Path | None, splits: tuple[str, ...]) -> None:
    """Verify the files of data set NAME against its card.

    Numbers of samples, pairing, every file decoded, sizes, label ids, agreement of instance maps with label maps. All
    problems are reported at once, each with its file; then the exit code is 2.

    \b
    Examples:
      sisbench data check tinytown
      sisbench data check cityscapes --root /data/cityscapes --split val
    """  # noqa: D301 - click wants the character \b
    from tqdm import tqdm

    from sisbench import data_check, datasets

    chosen = datasets.get(dataset)
    tree = datasets.locate(chosen, root)
    with tqdm(desc=dataset, unit=" samples", leave=False, delay=1) as bar:  # on the standard error stream

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        verdict = data_check.check(chosen, tree, splits, progress)
    counts = ", ".join(f"{count} {split}" for split, count in verdict.samples.items())
    echo(f"{dataset}: {counts}; {verdict.files} files and {len(verdict.labels)} labels are right ({tree.root})")
    for note in verdict.notes:
        echo(f"  {note}")
