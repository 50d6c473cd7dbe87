"""`sisbench weights`: the published network files that numbers rest on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from sisbench.cli.names import complete_users
from sisbench.cli.screen import echo

if TYPE_CHECKING:
    from sisbench.weights import Patience, Weight


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from sisbench import weights

    return [CompletionItem(name) for name in weights.names() if name.startswith(incomplete)]


_NAMES = click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=_complete)
_FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the files.  [default: $SISBENCH_WEIGHTS, else ~/.cache/sisbench/weights]",
)


@click.group()
def weights() -> None:
    """List, fetch, verify and add the published network files that numbers rest on.

    No other command downloads anything. What is missing makes its own numbers n/a, with the command that helps.
    """


@weights.command("list")
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print everything that is known of each file, as JSON.")
def list_command(folder: Path | None, as_json: bool) -> None:
    """List every file that a metric, a loss or a segmenter needs, and where it lies.

    Files are not read: 'sisbench weights verify' does that.
    """
    import dataclasses
    import json

    from sisbench.weights import catalogue, copies, pinned

    facts = []
    for weight in catalogue():
        path = next(copies(weight, folder), None)
        pin = pinned(path) if path and weight.sha256 is None else None
        facts.append({**dataclasses.asdict(weight), "pinned": pin, "path": path and str(path)})
    if as_json:
        echo(json.dumps(facts, indent=2))
        return
    for fact in facts:
        unknown = "none published; " + (f"pinned {fact['pinned']}" if fact["pinned"] else "pinned on first use")
        echo(f"{fact['name']} ({', '.join(fact['used_by'])})")
        echo(f"  file     {fact['filename']}")
        echo(f"  origin   {fact['url']}")
        echo(f"  sha256   {fact['sha256'] or unknown}")
        echo(f"  licence  {fact['licence']}")
        echo(f"  here     {fact['path'] or 'no'}")


@weights.command()
@_NAMES
@click.option("--all", "everything", is_flag=True, help="Every file whose host gives it, or every file of a mirror.")
@click.option(
    "--for",
    "users",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_users,
    help="Files that a protocol or a metric needs.",
)
@_FOLDER
@click.option("--mirror", metavar="URL", help="Ask URL/FILE in place of the origins.  [default: $SISBENCH_MIRROR]")
@click.option("--offline", is_flag=True, help="Download nothing: take what is here.  [default: $SISBENCH_OFFLINE]")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds without a byte after which a connection counts as broken.",
)
@click.option(
    "--tries",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Attempts in a row that bring nothing new, before giving up.",
)
def fetch(
    names: tuple[str, ...],
    everything: bool,
    users: tuple[str, ...],
    folder: Path | None,
    mirror: str | None,
    offline: bool,
    timeout: float,
    tries: int,
) -> None:
    """Download files of weights, and check them before they are used.

    A download that was interrupted continues. Files that are here already are verified and not fetched again; with
    --folder they are copied there.

    \b
    Examples:
      sisbench weights fetch inception-2015-12-05
      sisbench weights fetch --for spade-2019
      sisbench weights fetch --all --folder weights-to-carry
    """  # noqa: D301 - click wants the character \b
    import os

    from sisbench.errors import InputError, Problems
    from sisbench.weights import MIRROR_VARIABLE, Patience, catalogue, get, needed_by

    wanted = [get(name) for name in names] + [weight for user in users for weight in needed_by(user)]
    if everything:
        wanted += catalogue()
    elif not names and not users:
        raise click.UsageError("name the files, or give --for or --all; see 'sisbench weights list'")
    mirror = mirror or os.environ.get(MIRROR_VARIABLE)
    patience, problems = Patience(timeout, tries), []
    for weight in {weight.name: weight for weight in wanted}.values():
        try:
            echo(f"{weight.name}: {_fetch(weight, folder, mirror, offline, patience)}")
        except InputError as error:
            if everything and not weight.direct and not mirror:
                echo(f"{weight.name}: left out. {error}")
            else:
                problems.append(f"{weight.name}: {error}")
    if problems:
        raise Problems("Not all weights could be fetched:", problems)
    if folder is not None and not _is_searched(folder):
        echo(f"Set SISBENCH_WEIGHTS={folder.resolve()} wherever they are to be used from there.")


def _fetch(weight: Weight, folder: Path | None, mirror: str | None, offline: bool, patience: Patience) -> Path:
    """Fetch one file, with a bar on the standard error stream."""
    from tqdm import tqdm

    from sisbench.weights import fetch as fetch_file

    with tqdm(desc=weight.name, unit="B", unit_scale=True, unit_divisor=1024, leave=False, delay=0.5) as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return fetch_file(
            weight.name,
            folder,
            mirror,
            offline=offline,
            patience=patience,
            progress=progress,
            notify=lambda message: echo(message, err=True),
        )


def _is_searched(folder: Path) -> bool:
    from sisbench.weights import folders

    return folder.resolve() in {searched.resolve() for searched in folders()}


@weights.command()
@_NAMES
@_FOLDER
@click.pass_context
def verify(context: click.Context, names: tuple[str, ...], folder: Path | None) -> None:
    """Compare files with their digests: the named ones, or every file that is here.

    The exit code is 1 if a file is damaged or another one than published, or if a named file is missing.
    """
    from sisbench.weights import Unavailable, catalogue, check, copies, get, how_to_get

    good = True
    for weight in [get(name) for name in names] or catalogue():
        paths = list(copies(weight, folder))
        for path in paths:
            try:
                check(weight, path)
                echo(f"right    {weight.name}: {path}")
            except Unavailable as error:
                good = False
                echo(f"WRONG    {weight.name}: {error}")
        if not paths:
            good = good and not names
            echo(f"missing  {weight.name}: {how_to_get(weight)}")
    if not good:
        context.exit(1)


@weights.command()
@click.argument("name", shell_complete=_complete)
@click.argument("file", type=click.Path(path_type=Path))
@_FOLDER
def add(name: str, file: Path, folder: Path | None) -> None:
    """Copy FILE into the folder of weights as NAME, once it is known to be the right one.

    Its digest must be the published one, and it must hold tensors. Where no digest is published, the first file that is
    added is pinned: later ones must be the same.

    \b
    Example:
      sisbench weights add inception-2015-12-05 ~/Downloads/weights-inception-2015-12-05-6726825d.pth
    """  # noqa: D301 - click wants the character \b
    from sisbench.weights import add as add_file

    echo(f"{name}: {add_file(name, file, folder)}")
    if folder is not None and not _is_searched(folder):
        echo(f"Set SISBENCH_WEIGHTS={folder.resolve()} wherever it is to be used from there.")
