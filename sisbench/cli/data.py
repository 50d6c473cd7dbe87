"""`sisbench data`: look at a data set, verify its files, prepare panels of two views, and render tinytown."""

from __future__ import annotations

from pathlib import Path

import click

from sisbench.cli.names import complete_datasets
from sisbench.cli.screen import echo
from sisbench.errors import InputError, counted

_NAME = click.argument("dataset", metavar="NAME", shell_complete=complete_datasets)
_ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Folder or zip archive of the data. Without it: $SISBENCH_DATA/NAME, then the files in the package.",
)


@click.group()
def data() -> None:
    """Look at a data set, verify its files, prepare panels of two views, and render tinytown."""


_DIRECTION = click.option(
    "--direction", type=click.Choice(["a2g", "g2a"]), help="Of a data set of two views: as cross-view methods see it."
)


@data.command()
@_NAME
@_ROOT
@_DIRECTION
@click.option("--split", help="Which split to show.  [default: the one that evaluations use]")
@click.option("--output", type=click.Path(path_type=Path), help="The PNG to write.  [default: NAME-SPLIT.png]")
@click.option("--count", type=click.IntRange(min=1), default=12, show_default=True, help="Number of samples.")
def show(
    dataset: str, root: Path | None, direction: str | None, split: str | None, output: Path | None, count: int
) -> None:
    """Write a contact sheet of data set NAME.

    It shows photos, label maps, instance edges and aerial views, evenly spaced over the split, and the colours of the
    labels; of a direction the source photo, the photo to be made, its semantics, and the groups of classes in it.

    \b
    Examples:
      sisbench data show tinytown
      sisbench data show tinytown --direction a2g
      sisbench data show cityscapes --root /data/cityscapes --split train --count 4 --output sheet.png
    """  # noqa: D301 - click wants the character \b
    from sisbench import datasets, images
    from sisbench.contact_sheet import contact_sheet
    from sisbench.views import open_samples

    chosen = datasets.viewed(dataset, direction)
    split = split or chosen.card.eval_split
    samples = open_samples(chosen, datasets.locate(chosen, root), split, limit=count)
    output = output or Path(f"{chosen.card.name}-{split}.png")
    images.save_png(output, contact_sheet(samples))
    echo(f"{output}: {len(samples)} samples of {chosen.card.name}, split {split}")
    if samples.selection:
        echo(f"  {samples.selection}")


@data.command()
@_NAME
@_ROOT
@_DIRECTION
@click.option("--split", "splits", multiple=True, help="Only this split; may be given several times.")
def check(dataset: str, root: Path | None, direction: str | None, splits: tuple[str, ...]) -> None:
    """Verify the files of data set NAME against its card.

    Numbers of samples, pairing, every file decoded, sizes, label ids, agreement of instance maps with label maps, and
    the digests in SHA256SUMS, if there is one; of panel files of two views their width and order, the colours of their
    maps, and whether they serve a direction. All problems are reported at once, each with its file; then the exit
    code is 2.

    \b
    Examples:
      sisbench data check tinytown
      sisbench data check cityscapes --root /data/cityscapes --split val
      sisbench data check dayton --root /data/dayton --direction a2g
    """  # noqa: D301 - click wants the character \b
    from tqdm import tqdm

    from sisbench import data_check, datasets

    chosen = datasets.get(dataset) if direction is None else datasets.viewed(dataset, direction)
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


@data.command()
@_NAME
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to fill.")
@click.option("--worlds", type=int, default=12, show_default=True, help="Number of worlds.")
@click.option("--first", type=int, default=0, show_default=True, help="Number of the first world.")
@click.option(
    "--size", metavar="HxW", default="256x512", show_default=True, help="Height and width of the ground view."
)
@click.option(
    "--views",
    metavar="VIEW,...",
    default="ground,aerial",
    show_default=True,
    help="Views: ground, aerial (HxH), oblique (HxW), panorama (Hx4H).",
)
@click.option(
    "--space",
    metavar="SPACE",
    default="cityscapes",
    show_default=True,
    help="Label space and folders: cityscapes, ade20k or coco_stuff.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Number of processes.  [default: one per core]")
@click.option(
    "--archive", type=click.Path(dir_okay=False, path_type=Path), help="Also pack everything into this zip archive."
)
def render(
    dataset: str,
    output: Path,
    worlds: int,
    first: int,
    size: str,
    views: str,
    space: str,
    jobs: int | None,
    archive: Path | None,
) -> None:
    """Render street worlds of data set NAME, which is tinytown.

    A world has a number, which determines all of it: any views, sizes and label spaces show the same places. The files
    do not depend on the number of processes. An interrupted call continues when it is issued again; a later call with
    more worlds adds to the folder. Needs the extra 'render': pip install 'sisbench[render]'.

    \b
    Examples:
      sisbench data render tinytown --output town --worlds 2000 --size 256x512
      sisbench data render tinytown --output ade --worlds 600 --size 256x256 --views ground --space ade20k
    """  # noqa: D301 - click wants the character \b
    import os

    from tqdm import tqdm

    from sisbench.tinytown import archive as zips
    from sisbench.tinytown import job
    from sisbench.tinytown.rendering import rendering

    _require_tinytown(dataset)
    chosen = rendering(size, [view.strip() for view in views.split(",") if view.strip()], space)
    with tqdm(desc="render", unit=" worlds", delay=0.5) as bar:  # on the standard error stream

        def progress(stage: str, done: int, total: int) -> None:
            if bar.desc != f"{stage}: ":
                bar.set_description(stage, refresh=False)
                bar.initial = 0
                bar.reset(total)
                bar.initial = bar.n = done  # the rate is that of this call
            bar.update(done - bar.n)

        count = job.render_worlds(output, range(first, first + worlds), chosen, jobs or os.cpu_count() or 1, progress)
    if archive is not None:
        zips.pack(output, archive)
    echo(f"{output}: {counted(count, 'world')}" + (f", packed in {archive}" if archive else ""))


@data.command()
@_NAME
@_ROOT
@click.option("--style", required=True, metavar="STYLE", help="dayton (street photos) or cvusa (panoramas).")
@click.option(
    "--layout",
    metavar="LAYOUT",
    default="selectiongan",
    show_default=True,
    help="Order of the panels: selectiongan, lggan or x-fork.",
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
def panels(dataset: str, root: Path | None, style: str, layout: str, output: Path) -> None:
    """Write worlds of data set NAME, which is tinytown, as the panel files of cross-view methods.

    A file holds photos and semantic maps of both views side by side, each 256x256. --root names a rendering with the
    views and the size that they need.

    \b
    Examples:
      sisbench data render tinytown --output town --worlds 100 --size 256x256 --views ground,aerial
      sisbench data panels tinytown --root town --style dayton --output dayton
    """  # noqa: D301 - click wants the character \b
    from tqdm import tqdm

    from sisbench import datasets
    from sisbench.tinytown.panels import write_panels

    _require_tinytown(dataset)
    tree = datasets.locate(datasets.get(dataset), root)
    with tqdm(desc="panels", unit=" files", leave=False, delay=1) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        counts = write_panels(tree, style, layout, output, progress)
    echo(f"{output}: " + ", ".join(f"{count} {split}" for split, count in counts.items()))


@data.command()
@_NAME
@click.option("--root", required=True, type=click.Path(path_type=Path), help="Folder or zip archive of the raw files.")
@click.option(
    "--layout",
    metavar="LAYOUT",
    default="selectiongan",
    show_default=True,
    help="Order of the panels: selectiongan, lggan or x-fork.",
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
def prepare(dataset: str, root: Path, layout: str, output: Path) -> None:
    """Make the panel files that cross-view methods read of the raw files of data set NAME: dayton or cvusa.

    A file holds photos and semantic maps of both views side by side, each 256x256. The raw folder of Dayton holds
    aerial/, ground/, aerial_semantics/ and ground_semantics/ (RefineNet's maps in the colours of Cityscapes) and the
    published lists; that of CVUSA is as its authors have packed it. An interrupted call continues when it is issued
    again.

    \b
    Examples:
      sisbench data prepare cvusa --root CVUSA --output cvusa
      sisbench data prepare dayton --root raw --layout lggan --output dayton
    """  # noqa: D301 - click wants the character \b
    from tqdm import tqdm

    from sisbench.panel_preparation import prepare_panels

    with tqdm(desc="prepare", unit=" files", leave=False, delay=1) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        counts = prepare_panels(dataset, root, output, layout, progress)
    echo(f"{output}: " + ", ".join(f"{count} {split}" for split, count in counts.items()))


def _require_tinytown(dataset: str) -> None:
    from sisbench import datasets

    if dataset != "tinytown":
        datasets.get(dataset)  # an unknown name has its own message
        raise InputError(f"{dataset} is not rendered by sisbench; only tinytown is. Name that.")
