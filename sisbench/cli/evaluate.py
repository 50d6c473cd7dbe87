"""`sisbench evaluate`: score images that exist, of this project or of any other."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sisbench.cli.names import complete_datasets, complete_metrics, complete_scorings
from sisbench.cli.screen import echo, visible

if TYPE_CHECKING:
    from sisbench.card import Protocol
    from sisbench.data import Samples
    from sisbench.errors import InputError
    from sisbench.evaluation import Evaluation
    from sisbench.folders import ImageFolder
    from sisbench.presets import Row

_PATH = click.Path(path_type=Path)


@click.command()
@click.option(
    "--fake",
    type=_PATH,
    help="Folder, zip archive or list (.txt) of generated PNG files, named by key; also a result folder of SPADE or "
    "OASIS.",
)
@click.option(
    "--resampled",
    type=_PATH,
    help="Folder or zip archive of several images for each layout, for diversity: KEY/NAME.png or ROUND/KEY.png.",
)
@click.option(
    "--real", type=_PATH, help="Folder, zip archive or list of photos under the same keys; in place of a data set."
)
@click.option(
    "--layouts", type=_PATH, help="Folder, zip archive or list of their label maps; --dataset names the label space."
)
@click.option(
    "--dataset",
    shell_complete=complete_datasets,
    help="Data set they were generated for; see 'sisbench list datasets'.",
)
@click.option(
    "--direction",
    type=click.Choice(["a2g", "g2a"]),
    help="Of a data set of two views: whether they show its ground view, made from the aerial one, or the reverse.",
)
@click.option(
    "--root",
    type=_PATH,
    help="Folder or zip archive of the data. Without it: $SISBENCH_DATA/NAME, then the files in the package.",
)
@click.option(
    "--protocol",
    "protocol_names",
    multiple=True,
    shell_complete=complete_scorings,
    help="See 'sisbench list protocols'; may be repeated, all are scored in one pass. 'all-miou' is every preset of "
    "mIoU of the data set, under every rule.  [default: the one on the data set's card; folders-v1 or diversity-v1 "
    "without one]",
)
@click.option(
    "--metrics",
    shell_complete=complete_metrics,
    help="Names with commas, or 'all'; see 'sisbench list metrics'.  [default: those of the protocol]",
)
@click.option(
    "--segmenter",
    help="Segmenter in place of the protocol's: ARCH.TAG or ARCH ('sisbench list segmenters'), mmseg:CONFIG, a "
    "configuration of mmsegmentation by path or name, or oasis-d:RUN, the discriminator of an OASIS run. The "
    "protocol's name tells.",
)
@click.option("--weights", type=_PATH, help="File of the weights of '--segmenter'.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option(
    "--cache",
    type=_PATH,
    help="Folder that keeps findings on the real images; it can be deleted at any time.  "
    "[default: $SISBENCH_CACHE, else ~/.cache/sisbench]",
)
@click.option("--per-class", is_flag=True, help="Print the numbers of every class too; '--output' always has them.")
@click.option(
    "--output",
    type=_PATH,
    help="File NAME.json to write; NAME.per_image.csv beside it is what 'sisbench compare' reads.",
)
def evaluate(
    fake: Path | None,
    resampled: Path | None,
    real: Path | None,
    layouts: Path | None,
    dataset: str | None,
    direction: str | None,
    root: Path | None,
    protocol_names: tuple[str, ...],
    metrics: str | None,
    segmenter: str | None,
    weights: Path | None,
    device: str,
    cache: Path | None,
    per_class: bool,
    output: Path | None,
) -> None:
    """Score generated images, of this project or of any other.

    Images are PNG files of the protocol's size, one for each sample of its split, named KEY.png or
    KEY_leftImg8bit.png. They are compared with a data set, or with a folder of photos of the same names. What cannot
    be computed on this machine is n/a, with the reason.

    \b
    Examples:
      sisbench evaluate --fake results/ --dataset tinytown
      sisbench evaluate --fake results/ --real photos/
      sisbench evaluate --fake results/ --real photos/ --layouts labels/ --dataset cityscapes
      sisbench evaluate --fake spade/synthesized_image --dataset cityscapes --root /data/cityscapes \\
          --protocol oasis-2021 --protocol spade-2019 --device cuda --output spade.json
      sisbench evaluate --fake results/ --dataset tinytown --direction a2g
      sisbench evaluate --fake results/ --dataset tinytown --protocol all-miou
      sisbench evaluate --fake results/ --dataset ade20k --segmenter mmseg:upernet_r101_4xb4-160k_ade20k-512x512 \\
          --weights upernet.pth
      sisbench evaluate --resampled rounds/ --metrics lpips_vgg,ms_ssim
    """  # noqa: D301 - click wants the character \b
    from sisbench import datasets, presets, report_text, scored
    from sisbench.cache import default_folder
    from sisbench.errors import InputError

    if (fake is None) == (resampled is None):
        raise InputError(
            "give either '--fake' (one image per layout, compared with photos) or '--resampled' (several images per "
            f"layout, compared with each other); got {'neither' if fake is None else 'both'}."
        )
    if output is not None:
        _require_place(output)
    if direction is not None and dataset is None:
        raise InputError("'--direction' says which view of a data set images show; name it with '--dataset'.")
    if dataset is not None:
        dataset = datasets.viewed(dataset, direction).card.name
    protocol_names = tuple(dict.fromkeys(protocol_names))
    names = None if metrics is None else [name.strip() for name in metrics.split(",") if name.strip()]
    every = presets.ALL in protocol_names
    if every and (len(protocol_names) > 1 or names or resampled or not dataset):
        raise InputError(
            f"'--protocol {presets.ALL}' is every preset of mIoU of a data set, with metrics of its own; expected it "
            "with '--fake' and '--dataset', without other protocols and '--metrics'. Evaluate these apart."
        )
    if weights is not None and segmenter is None:
        raise InputError("'--weights' is a file for '--segmenter', which is missing; name the segmenter too.")
    if segmenter is not None and (every or not dataset or fake is None):
        raise InputError(
            "'--segmenter' takes the place of a protocol's own on a data set; expected it with '--fake' and "
            f"'--dataset', and not with '--protocol {presets.ALL}'. Evaluate these apart."
        )
    rows: list[Row] = []
    with _console() as progress:
        options: dict[str, Any] = {"device": _device(device), "progress": progress}
        if resampled is not None:
            for option, value in (("--real", real), ("--layouts", layouts), ("--root", root)):
                if value is not None:
                    raise InputError(f"'{option}' says nothing of re-sampled images; leave it out.")
            options["metrics"] = names
            found = [_resampled(resampled, dataset, name, options) for name in protocol_names or (None,)]
        else:
            assert fake is not None
            options |= {"layouts": layouts, "cache_dir": cache or default_folder()}
            if every:
                rows = _presets(fake, real, dataset, root, options)
                found = presets.evaluations(rows)
            else:
                options["metrics"] = names
                chosen = _chosen(protocol_names, dataset, segmenter, weights)
                found = _compared(fake, real, dataset, root, chosen, options)
    if rows:
        echo(presets.table(rows))
    for place, evaluation in enumerate([] if rows else found):
        echo(("\n" if place else "") + report_text.table(evaluation))
        if per_class and (tables := report_text.class_tables(evaluation)):
            echo(f"\n{tables}")
    if output is not None:
        scored.write(output, found)


def _compared(
    fake: Path,
    real: Path | None,
    dataset: str | None,
    root: Path | None,
    chosen: list[Protocol],
    options: dict[str, Any],
) -> list[Evaluation]:
    from sisbench.fakes import common_size
    from sisbench.scoring import evaluate as score

    if real is not None:
        _require_no_root(root)
        return score(_opened(fake), real, chosen, dataset=dataset, **options)
    if dataset is None:
        raise _no_reals()
    size = chosen[0].scoring(dataset).size  # before the images are looked at: it may not cover the data set
    images = _opened(fake)
    size = size or common_size(images)
    return score(images, _samples(dataset, root, chosen[0], size, options), chosen, **options)


def _presets(
    fake: Path, real: Path | None, dataset: str | None, root: Path | None, options: dict[str, Any]
) -> list[Row]:
    from sisbench import datasets, presets
    from sisbench.fakes import common_size

    if dataset is None:
        raise _no_reals()
    card = datasets.get(dataset).card
    images = _opened(fake)
    if real is not None:
        _require_no_root(root)
        return presets.evaluate_all(images, real, card, **options)
    samples = _samples(dataset, root, presets.first(card), common_size(images), options)
    return presets.evaluate_all(images, samples, card, **options)


def _opened(fake: Path) -> ImageFolder:
    """Open the generated images, and say what was found in a result folder of another code."""
    from sisbench.folders import ImageFolder

    images = ImageFolder(fake)
    if images.found:
        echo(images.found, err=True)
    return images


def _samples(
    dataset: str, root: Path | None, protocol: Protocol, size: tuple[int, int], options: dict[str, Any]
) -> Samples:
    """Open the split that a protocol scores against."""
    from sisbench import datasets
    from sisbench.errors import InputError
    from sisbench.views import evaluated_samples

    if options["layouts"] is not None:
        raise InputError(f"'--layouts' goes with '--real'; the label maps of {dataset} are its own.")
    data = datasets.get(dataset)
    tree = datasets.locate(data, root)
    return evaluated_samples(data, tree, protocol, size)


def _require_no_root(root: Path | None) -> None:
    from sisbench.errors import InputError

    if root is not None:
        raise InputError("'--root' names the files of a data set and '--real' replaces them; give one of the two.")


def _no_reals() -> InputError:
    from sisbench.errors import InputError

    return InputError("real images are missing: give '--dataset NAME' or '--real FOLDER'.")


def _resampled(folder: Path, dataset: str | None, protocol: str | None, options: dict[str, Any]) -> Evaluation:
    from sisbench.scoring import evaluate_samples

    return evaluate_samples(folder, protocol, dataset=dataset, **options)


def _chosen(names: tuple[str, ...], dataset: str | None, segmenter: str | None, weights: Path | None) -> list[Protocol]:
    """Return the protocols, with the user's segmenter in place of their own where one is named."""
    from sisbench import datasets, protocols

    card = datasets.get(dataset).card if dataset else None
    chosen = [protocols.get(name) for name in names or [card.default_protocol if card else protocols.FOLDERS]]
    if segmenter is None or card is None:
        return chosen

    import torch

    from sisbench.reading import View, open_segmenter, scored_by

    replaced = [scored_by(protocol, card.name, segmenter, weights) for protocol in chosen]
    for choice in {protocol.scoring(card.name).segmentation for protocol in replaced}:
        assert choice is not None  # `scored_by` has put one there
        open_segmenter(View.of(choice), card, torch.device("cpu"))  # a wrong one is told of before the work
    return replaced


def _device(name: str) -> str:
    import torch

    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


@contextlib.contextmanager
def _console() -> Iterator[Callable[[int, int], None]]:
    """Show warnings and a progress bar on the error stream."""
    from tqdm import tqdm

    with warnings.catch_warnings(), tqdm(desc="evaluate", unit=" images", leave=False, delay=1) as bar:
        warnings.showwarning = lambda message, *_: tqdm.write(visible(f"warning: {message}"), sys.stderr)

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def _require_place(output: Path) -> None:
    """Raise an InputError where the results could not be written: before the work, not after it."""
    import tempfile

    from sisbench.errors import InputError

    if output.suffix != ".json" or output.is_dir():
        raise InputError(
            f"the results were to be written to {output}; expected the name of a file that ends in '.json', beside "
            "which NAME.per_image.csv is written. Choose such a name."
        )
    folder = next(parent for parent in output.absolute().parents if parent.exists())
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(
            f"cannot write {output}: {error.strerror}. Free some space, or choose a place that is writable."
        ) from error
