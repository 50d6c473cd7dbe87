"""`sisbench verify`: whether a record's numbers are those of its images."""

from __future__ import annotations

from pathlib import Path

import click

from sisbench.cli.screen import echo

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("record", type=_PATH)
@click.option("--images", type=_PATH, help="Folder or zip archive of the images.  [default: images/ beside the record]")
@click.option("--root", type=_PATH, help="Folder or zip archive of the data, as for 'sisbench run'.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-9,
    show_default=True,
    help="Difference that counts as rounding, relative. The default suits the kind of machine that wrote the record; "
    "allow more, such as 1e-4, on another one.",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option(
    "--cache", type=_PATH, help="Folder of findings on real images to rely on.  [default: compute them again]"
)
@click.pass_context
def verify(
    context: click.Context,
    record: Path,
    images: Path | None,
    root: Path | None,
    tolerance: float,
    device: str,
    cache: Path | None,
) -> None:
    """Score the stored images of a RECORD again and print the difference.

    RECORD is the folder of a run or a record.json. Every number is held against the recorded one: the metrics, those of
    the real images, standard errors, classes, and every image's share. What changed since (images, protocol, networks,
    versions, machine) is named.

    \b
    Exit code: 0 all numbers come out again; 1 a number differs; 2 it cannot be told, as images, data or weights are
    missing, or the record was edited.

    \b
    Examples:
      sisbench verify runs/tinytown/lggan-quick-seed0-1a2b3c4d
      sisbench verify leaderboards/measured/tinytown/NAME.json --images downloaded/images
    """  # noqa: D301 - click wants the character \b
    import math

    import torch

    from sisbench.cli.bars import Bars
    from sisbench.errors import InputError
    from sisbench.verification import verify as do_verify

    if not math.isfinite(tolerance):
        raise InputError(f"'--tolerance' is {tolerance}; expected a number of 0 or more, such as 1e-9.")
    where = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    with Bars() as bars:
        found = do_verify(
            record,
            images,
            root,
            device=where,
            cache_dir=cache,
            tolerance=tolerance,
            progress=lambda done, total: bars("evaluate", done, total),
        )
    echo(found.text())
    context.exit({"same": 0, "differs": 1, "not verified": 2}[found.verdict])
