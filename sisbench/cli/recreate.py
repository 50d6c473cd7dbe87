"""`sisbench recreate`."""

from __future__ import annotations

from pathlib import Path

import click

from sisbench.cli.bars import Bars
from sisbench.cli.screen import echo

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("run", type=_PATH)
@click.option("-o", "--output", type=_PATH, help="Folder to write to.  [default: RUN/recreations]")
@click.option("--photos", type=_PATH, help="Folder or archive of photos.  [default: those of the evaluated split]")
@click.option("--root", type=_PATH, help="Folder of the data, as for 'sisbench run'.")
@click.option("--key", "keys", multiple=True, help="Photo to take; repeat it for more.  [default: spread evenly]")
@click.option("--count", type=click.IntRange(min=1), default=4, show_default=True, help="Photos to take.")
@click.option("--versions", type=click.IntRange(min=1), default=3, show_default=True, help="Images of each photo.")
def recreate(
    run: Path,
    output: Path | None,
    photos: Path | None,
    root: Path | None,
    keys: tuple[str, ...],
    count: int,
    versions: int,
) -> None:
    """Make photos anew: a run's discriminator reads their layout, its generator paints it several times.

    As in Fig. 4 of OASIS. RUN is the folder of an OASIS run. Photos need no label maps. For each there is a folder with
    the photo, the layout that was read off it, and the images.

    \b
    Examples:
      sisbench recreate runs/oasis
      sisbench plot recreations runs/oasis/recreations -o recreations.png
      sisbench recreate runs/oasis --photos holidays/ -o anew
    """  # noqa: D301 - click wants the character \b
    from sisbench.recreation import recreate as do_recreate

    place = output or run / "recreations"
    with Bars() as bars:
        how = {"keys": keys, "count": count, "versions": versions}
        made = do_recreate(run, place, photos=photos, root=root, progress=bars, **how)  # type: ignore[arg-type]
    echo(f"{len(made)} photos, {versions} images of each: {place}")
