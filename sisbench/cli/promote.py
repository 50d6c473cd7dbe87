"""`sisbench promote`: records of runs become records of the leaderboards."""

from __future__ import annotations

from pathlib import Path

import click

from sisbench.cli.screen import echo


@click.command()
@click.argument("records", metavar="RECORD...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--name",
    help="File name without a suffix.  [default: METHOD-RECIPE-PROTOCOL-seedN-DIGEST, for scores study-DATASET-DIGEST]",
)
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the records.  [default: leaderboards/measured, for scores /studies, of the source tree]",
)
@click.option("--allow-dirty", is_flag=True, help="Accept runs of code with changes that no commit holds.")
def promote(records: tuple[Path, ...], name: str | None, to: Path | None, allow_dirty: bool) -> None:
    """Validate records and add them to the leaderboards.

    RECORD is the folder of a run or its record.json; the file NAME.per_image.csv beside it is needed too. Both are
    copied as they are, to DIR/DATASET/NAME.json. All records are validated before the first is copied, and none is ever
    overwritten; the same command again changes nothing. Runs that used plug-ins need '--to': others may not have these.

    RECORD may also be the scores of a preference study, as 'sisbench study score --output' wrote them; they are copied
    to DIR/NAME.json.

    \b
    Examples:
      sisbench promote runs/tinytown/lggan-quick-seed0-5e6f7a8b
      sisbench promote runs/tinytown/* --to my-leaderboard
      sisbench promote preference.json
    """  # noqa: D301 - click wants the character \b
    from sisbench import promotion

    for done in promotion.promote(records, to, name, allow_dirty):
        echo(f"{'unchanged' if done.there else 'promoted '}  {done.target}")
