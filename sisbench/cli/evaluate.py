"""`sisbench evaluate`: score a folder of generated images."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import click

from sisbench.cli.names import complete


@click.command()
@click.option(
    "--fake",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder or zip archive of generated PNG files, named by the keys of the samples.",
)
@click.option(
    "--dataset",
    required=True,
    shell_complete=complete,
    help="Data set they were generated for; see 'sisbench list datasets'.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Folder or zip archive of the data. Without it: $SISBENCH_DATA/NAME, then the files in the package.",
)
@click.option(
    "--protocol",
    shell_complete=complete,
    help="See 'sisbench list protocols'.  [default: the one on the data set's card]",
)
@click.option("--metrics", help="Names with commas; see 'sisbench list metrics'.  [default: those of the protocol]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    help="Folder that keeps findings on the real images; it can be deleted at any time.  "
    "[default: $SISBENCH_CACHE, else ~/.cache/sisbench]",
)
@click.option("--output", type=click.Path(path_type=Path), help="JSON file to write.")
def evaluate(
    fake: Path,
    dataset: str,
    root: Path | None,
    protocol: str | None,
    metrics: str | None,
    device: str,
    cache: Path | None,
    output: Path | None,
) -> None:
    """Score a folder of generated images, of this project or of any other.

    Images are PNG files of the protocol's size, one for each sample of its split, named KEY.png or
    KEY_leftImg8bit.png. What cannot be computed on this machine is n/a, with the reason.

    \b
    Examples:
      sisbench evaluate --fake results/ --dataset tinytown
      sisbench evaluate --fake spade/synthesized_image --dataset cityscapes --root /data/cityscapes \\
          --protocol oasis-2021 --metrics fid,miou --device cuda --output spade.json
    """  # noqa: D301 - click wants the character \b
    import torch
    from tqdm import tqdm

    from sisbench import datasets, files, protocols, report_text
    from sisbench.cache import default_folder
    from sisbench.data import Samples
    from sisbench.scoring import ImageFolder
    from sisbench.scoring import evaluate as score

    data, choices = datasets.get(dataset), protocols.get(protocol or datasets.get(dataset).card.default_protocol)
    scoring = choices.scoring(dataset)
    samples = Samples(
        data, datasets.locate(data, root), choices.real_split, scoring.size, resample=choices.image_resample
    )
    names = None if metrics is None else [name.strip() for name in metrics.split(",")]
    with warnings.catch_warnings(), tqdm(desc="evaluate", unit=" images", leave=False, delay=1) as bar:
        warnings.showwarning = lambda message, *_: tqdm.write(f"warning: {message}", sys.stderr)

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        evaluation = score(
            ImageFolder(fake),
            samples,
            choices,
            device=("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device,
            cache_dir=cache or default_folder(),
            metrics=names,
            progress=progress,
        )
    click.echo(report_text.table(evaluation))
    if output is not None:
        files.write_json(output, evaluation.to_json())
