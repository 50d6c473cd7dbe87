"""`sisbench check`: the gate that fails when a number regresses."""

from __future__ import annotations

from pathlib import Path

import click

from sisbench.cli.screen import echo

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--baseline", type=_PATH, required=True, help="What the numbers were: FILE or DIR, see above.")
@click.option("--record", type=_PATH, required=True, help="What they are now: FILE or DIR.")
@click.option(
    "--tolerance",
    "tolerance",
    multiple=True,
    metavar="METRIC=TOLERANCE",
    help="How far a number may move: '0.1', '2%' of the baseline, 'interval' or 'interval:99%'. METRIC may be a "
    "pattern; the last that fits counts.",
)
@click.option(
    "--tolerances", "file", type=_PATH, help="TOML file with a table [tolerances]; '--tolerance' comes after."
)
@click.option("--strict", is_flag=True, help="Improvements beyond the tolerance fail too: numbers may not drift.")
@click.option("--markdown", "markdown_file", type=_PATH, help="File to write for a comment on a pull request.")
@click.option("--junit", "junit_file", type=_PATH, help="JUnit XML file to write.")
@click.option("--json", "json_file", type=_PATH, help="JSON file to write.")
@click.option("--update", is_flag=True, help="Write the records as the new baselines, whatever the verdict.")
def check(
    baseline: Path,
    record: Path,
    tolerance: tuple[str, ...],
    file: Path | None,
    strict: bool,
    markdown_file: Path | None,
    junit_file: Path | None,
    json_file: Path | None,
    update: bool,
) -> None:
    """Check the numbers of a record against those of a baseline.

    FILE is a run folder, its record.json, or a JSON file of 'sisbench evaluate --output'; DIR is a folder of these,
    matched by method, data set, protocol, recipe and seed. A number regresses when it moves in its worse direction by
    more than its tolerance, or becomes n/a; a baseline without a record fails too. What else changed (weights, images,
    protocol, versions, seed) is listed.

    Exit code 0: nothing regressed. 1: something did. 2: the two cannot be compared, or a file or option is wrong.

    \b
    Examples:
      sisbench check --baseline baseline/ --record runs/mine
      sisbench check --baseline old.json --record new.json --tolerance fid=2% --tolerance 'miou*=interval'
      sisbench check --baseline baselines/ --record runs/ --junit check.xml --markdown check.md
      sisbench check --baseline baselines/ --record runs/ --update
    """  # noqa: D301 - click wants the character \b
    from sisbench import files, gate
    from sisbench.gate import baselines, rules
    from sisbench.gate.junit import junit
    from sisbench.gate.markdown import markdown
    from sisbench.gate.subjects import read
    from sisbench.gate.text import text

    entries = [*(rules.read_toml(file) if file else []), *map(rules.parse_option, tolerance)]
    if update and not baseline.exists():
        for line in baselines.create(baseline, record, read(record, "--record")):
            echo(line)
        echo("There was no baseline: nothing was compared, and no report is written.")
        return
    matched = gate.find(baseline, record)
    gate.require_other_files([path for path in (markdown_file, junit_file, json_file) if path], matched)
    result = gate.check(matched, rules.Tolerances(entries), strict)
    echo(text(result))
    if markdown_file:
        files.write_bytes(markdown_file, markdown(result).encode(errors="backslashreplace"))
    if junit_file:
        files.write_bytes(junit_file, junit(result))
    if json_file:
        files.write_json(json_file, result.to_json())
    if update:
        for line in baselines.update(matched, baseline, record):
            echo(line)
    elif result.failed:
        raise SystemExit(1)
