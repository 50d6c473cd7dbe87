"""`sisbench compare`: which of two methods is better, and how sure that is."""

from __future__ import annotations

from pathlib import Path

import click

from sisbench.cli.screen import echo


@click.command()
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--metrics", help="Outputs to compare, as the table names them, with commas.  [default: all]")
@click.option("--output", type=click.Path(path_type=Path), help="JSON file to write.")
def compare(a: Path, b: Path, metrics: str | None, output: Path | None) -> None:
    """Compare two methods on the same layouts, image by image.

    A and B are run folders, their record.json files, or JSON files of 'sisbench evaluate --output'. The file
    NAME.per_image.csv beside each is needed too. Both must be of the same samples under the same protocol.

    \b
    Examples:
      sisbench compare runs/tinytown/spade-quick-seed0-1a2b3c4d runs/tinytown/lggan-quick-seed0-5e6f7a8b
      sisbench compare spade.json oasis.json --metrics fid,miou --output difference.json
    """  # noqa: D301 - click wants the character \b
    from sisbench import files, scored
    from sisbench.compare import compare_stored, table

    one, other = scored.with_per_image(scored.read(a)), scored.with_per_image(scored.read(b))
    names = None if metrics is None else [name.strip() for name in metrics.split(",") if name.strip()]
    found = compare_stored(one, other, names)
    echo(f"A  {one.label}  {one.path}\nB  {other.label}  {other.path}")
    for comparison in found.values():
        echo(f"\n{table(comparison)}")
    if alone := sorted(set(one.evaluations) ^ set(other.evaluations)):
        echo(f"\nOf one side alone, not compared: protocol {', '.join(alone)}")
    if output is not None:
        sides = {name: {"label": side.label, "file": str(side.path)} for name, side in (("a", one), ("b", other))}
        files.write_json(output, {**sides, "comparisons": [comparison.to_json() for comparison in found.values()]})
