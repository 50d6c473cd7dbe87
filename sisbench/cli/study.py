"""`sisbench study`: which images people prefer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sisbench.cli.names import complete_datasets
from sisbench.cli.screen import echo


@click.group()
def study() -> None:
    """Ask people which of two images they prefer, and score the answers."""


@study.command()
@click.argument("methods", metavar="NAME=DIR...", nargs=-1, required=True)
@click.option("--layouts", type=click.Path(path_type=Path), help="Label maps to show: a folder or zip archive.")
@click.option("--dataset", shell_complete=complete_datasets, help="Data set: its label maps, colours and photos.")
@click.option("--root", type=click.Path(path_type=Path), help="Where the data set lies.")
@click.option("--real", type=click.Path(path_type=Path), help="Photos, for the vigilance pairs.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Page to write (.html).")
@click.option("--trials", type=int, default=50, show_default=True, help="Comparisons per rater.")
@click.option(
    "--vigilance", type=int, default=5, show_default=True, help="More pairs per rater, with one image spoilt."
)
@click.option("--raters", type=int, default=5, show_default=True, help="Number of raters.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of every order.")
@click.option("--question", help="What raters are asked.  [default: realism; with label maps, the photo of the layout]")
@click.option("--seconds", type=float, help="How long a pair is visible.  [default: without limit]")
@click.option(
    "--quality", type=click.IntRange(1, 100), help="Compress all images lossily.  [default: every pixel kept]"
)
@click.option("--max-mb", type=float, default=200, show_default=True, help="Largest page to write.")
def make(
    methods: tuple[str, ...],
    layouts: Path | None,
    dataset: str | None,
    root: Path | None,
    real: Path | None,
    output: Path,
    trials: int,
    vigilance: int,
    raters: int,
    seed: int,
    question: str | None,
    seconds: float | None,
    quality: int | None,
    max_mb: float,
) -> None:
    """Make a page that asks people which of two images they prefer.

    NAME=DIR names a method and its images: a folder, a zip archive or a run folder. Images are paired by file name.
    The page works from disk, keeps the answers in the browser and saves them as a file; it does not tell the methods.
    Beside it stands a .key.json, which does: keep it to yourself, the answers are scored with it.

    \b
    Examples:
      sisbench study make lggan=runs/lggan spade=runs/spade --dataset tinytown --trials 40 -o study.html
      sisbench study make A=a/ B=b/ C=c/ --real photos/ --raters 10 -o study.html
    """  # noqa: D301 - click wants the character \b
    from sisbench.study.make import find
    from sisbench.study.make import make as make_study
    from sisbench.study.text import design

    sources = find(_named(methods), layouts=layouts, real=real, dataset=dataset, root=root)
    made = make_study(
        sources,
        output,
        trials=trials,
        vigilance=vigilance,
        raters=raters,
        seed=seed,
        question=question,
        seconds=seconds,
        quality=quality,
        max_megabytes=max_mb,
    )
    echo(design(made))


@study.command()
@click.argument("key", type=click.Path(path_type=Path))
@click.argument("answers", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--threshold",
    type=float,
    default=0.75,
    show_default=True,
    help="Share of the vigilance pairs that a rater must answer rightly to count.",
)
@click.option("--output", type=click.Path(path_type=Path), help="JSON file to write.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="CSV file to write.")
def score(key: Path, answers: tuple[Path, ...], threshold: float, output: Path | None, csv_file: Path | None) -> None:
    """Score the answers of a study.

    KEY is the .key.json that 'sisbench study make' wrote; ANSWERS are the files that the raters saved, one of each.

    \b
    Examples:
      sisbench study score study.key.json answers-*.json
      sisbench study score study.key.json answers-*.json --output preference.json --csv preference.csv
    """  # noqa: D301 - click wants the character \b
    from sisbench import files
    from sisbench.study import text
    from sisbench.study.answers import read
    from sisbench.study.key import Key
    from sisbench.study.score import score as score_answers

    _require_new_files([key, *answers], output, csv_file)
    opened = Key.read(key)
    scores = score_answers(opened, read(answers, opened), threshold)
    echo(text.table(scores))
    if output is not None:
        files.write_json(output, scores.to_json())
    if csv_file is not None:
        files.write_bytes(csv_file, text.to_csv(scores).encode())


def _require_new_files(read: Sequence[Path], *written: Path | None) -> None:
    """Raise an InputError if a file is to be written over one that is read, or over the other one."""
    from sisbench.errors import InputError

    taken = {path.resolve() for path in read}
    for path in filter(None, written):
        if path.resolve() in taken:
            raise InputError(
                f"scores were to be written to {path}, which holds the key, answers or the other file of scores; a "
                "study without its key or answers cannot be scored again. Choose another name."
            )
        taken.add(path.resolve())


def _named(methods: tuple[str, ...]) -> dict[str, Path]:
    """Return folders by the names given to them."""
    from sisbench.errors import InputError

    named: dict[str, Path] = {}
    for method in methods:
        name, equals, folder = method.partition("=")
        name = name.strip()
        if not (name and equals and folder):
            raise InputError(f"{method!r} was given as a method; expected NAME=DIR, such as spade=runs/spade. Name it.")
        if not name.isprintable():
            raise InputError(f"{name!r} is the name of a method; expected characters that print. Rename it.")
        if name in named:
            raise InputError(f"two methods are called {name!r}; expected a name for each. Rename one.")
        named[name] = Path(folder)
    return named
