"""Options of `sisbench generate` that edit photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sisbench.editing import Edit
    from sisbench.job import Job

_PATH = click.Path(path_type=Path)


def edit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what is edited."""
    options = [
        click.option(
            "--edit",
            metavar="REGION",
            help="Paint a region of photos anew, the rest stays byte for byte: 'class:NAME', 'instance:ID', "
            "'box:X,Y,WIDTH,HEIGHT', 'region:FILE' (a picture that is black where the photo stays), or 'changed' "
            "(where '--layouts' differ from the data set's). The images go to edited/NAME/images/KEY.png.",
        ),
        click.option("--label", metavar="CLASS", help="With '--edit': what the region is to show, all of it."),
        click.option(
            "--grow",
            type=click.IntRange(min=0),
            default=0,
            show_default=True,
            help="With '--edit': pixels that are painted around the region too, under their own labels.",
        ),
        click.option(
            "--layouts", type=_PATH, help="With '--edit': label maps as they are to be, KEY.png; changed ones."
        ),
        click.option(
            "--photos", type=_PATH, help="With '--edit' and '--layouts': photos of one's own, KEY.png or .jpg."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def wanted_edit(
    job: Job,
    region: str | None,
    label: str | None,
    grow: int,
    layouts: Path | None,
    photos: Path | None,
    keys: tuple[str, ...],
) -> Edit | None:
    """Understand the options; None where nothing is edited.

    Raises:
        InputError: Options without '--edit', a region or label that is none.
    """
    from sisbench.editing import Edit, label_ids, parse_region
    from sisbench.errors import InputError

    if region is None:
        if label is not None or grow or layouts or photos:
            raise InputError(
                "'--label', '--grow', '--layouts' and '--photos' say how '--edit' works, which is missing. Add it."
            )
        return None
    chosen = None if label is None else label_ids(label, job.card, "--label")[0]
    return Edit(parse_region(region, job.card, job.size), chosen, grow, layouts, photos, keys)
