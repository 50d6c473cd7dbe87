"""`sisbench run`, `train` and `generate`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sisbench.cli.bars import Bars
from sisbench.cli.editing import edit_options, wanted_edit
from sisbench.cli.names import complete_datasets, complete_methods, complete_protocols
from sisbench.cli.screen import echo

if TYPE_CHECKING:
    from sisbench.job import Job


def _job_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that determine a run."""
    options = [
        click.option("--method", required=True, shell_complete=complete_methods, help="See 'sisbench list methods'."),
        click.option(
            "--dataset", required=True, shell_complete=complete_datasets, help="See 'sisbench list datasets'."
        ),
        click.option(
            "--root",
            type=click.Path(path_type=Path),
            help="Folder of the data; else $SISBENCH_DATA/NAME, else the embedded files.",
        ),
        click.option(
            "--protocol", shell_complete=complete_protocols, help="Choices of the evaluation; default: the data set's."
        ),
        click.option("--recipe", help="Training; default: the method's recipe for the data set, else 'quick'."),
        click.option(
            "--direction",
            type=click.Choice(["a2g", "g2a"]),
            help="Of cross-view methods: from the aerial view to the ground or back.  [default: the data set's first]",
        ),
        click.option(
            "--weights",
            type=click.Path(path_type=Path),
            help="Use this checkpoint (a bare state dict, official files included; the folder, if they are several) "
            "and train nothing.",
        ),
        click.option(
            "--start",
            type=click.Path(path_type=Path),
            help="Start the training from this run's folder, or file of weights: coarse to fine, as pix2pixHD.",
        ),
        click.option("--steps", type=click.IntRange(min=0), help="Train so many steps; 0 takes the untrained network."),
        click.option("--batch-size", type=click.IntRange(min=1), help="Samples per step, over all processes."),
        click.option("--width", type=click.IntRange(min=1), help="Width of generator and discriminator."),
        click.option("--without", multiple=True, metavar="TERM", help="Train without a loss term, such as 'vgg'."),
        click.option("--limit", type=click.IntRange(min=1), help="Evaluate so many samples; the record says so."),
        click.option("--seed", type=int, help="Seed of the run; default: the protocol's."),
        click.option(
            "--output",
            type=click.Path(path_type=Path),
            help="Folder of the run; default: below 'runs', by its settings.",
        ),
        click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _save_option(command: Callable[..., None]) -> Callable[..., None]:
    return click.option(
        "--save",
        multiple=True,
        metavar="KINDS",
        help="Pictures to save beside the images: 'stages' (what the generator computes on the way, such as LGGAN's "
        "weight maps), 'semantics' (what the segmenter reads off the images), or both with a comma. No number changes.",
    )(command)


def _with_job(command: Callable[..., None], scored: bool = True) -> Callable[..., None]:
    """Turn the options into a job and its folder; one that is not scored may have another size than its protocol."""

    @functools.wraps(command)
    def wrapped(
        method: str,
        dataset: str,
        root: Path | None,
        protocol: str | None,
        recipe: str | None,
        direction: str | None,
        weights: Path | None,
        start: Path | None,
        steps: int | None,
        batch_size: int | None,
        width: int | None,
        without: tuple[str, ...],
        limit: int | None,
        seed: int | None,
        output: Path | None,
        **rest: Any,
    ) -> None:
        from sisbench._device import usable
        from sisbench.job import Overrides, plan

        if rest["device"] != "auto":
            usable(rest["device"])
        job = plan(
            method,
            dataset,
            root=root,
            protocol=protocol,
            recipe=recipe,
            weights_file=weights,
            overrides=Overrides(steps, batch_size, width, without),
            seed=seed,
            limit=limit,
            start=start,
            scored=scored,
            direction=direction,
        )
        command(job, output or job.default_folder(), **rest)

    return wrapped


@click.command()
@_job_options
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Folder for findings on real images; default: ~/.cache/sisbench."
)
@_save_option
@_with_job
def run(job: Job, folder: Path, device: str, cache: Path | None, save: tuple[str, ...]) -> None:
    """Train or load a method, generate the evaluated split, score it, write a record.

    Stop it at any time and issue the same command again: it continues, and the record is the same. Under 'torchrun'
    all processes train together.

    \b
    Examples:
      sisbench run --method lggan --dataset tinytown
      sisbench run --method spade --dataset tinytown --steps 100
      sisbench run --method selectiongan --dataset tinytown --direction a2g
      sisbench run --method lggan --dataset cityscapes --root DIR --weights 200_net_G.pth
      torchrun --nproc-per-node 2 -m sisbench run --method lggan --dataset tinytown --batch-size 2 --device cpu

    The folder of the run holds record.json (numbers and provenance), record.per_image.csv (every image's share in
    them, for 'sisbench compare'), images/, samples.png (label map, generated image and photo side by side),
    generator.pth and losses.jsonl; with '--save', stages/NAME/KEY.png and semantics/KEY.png as well, also when the run
    was finished before.
    """  # noqa: D301 - click wants the character \b
    from sisbench import report_text
    from sisbench.cache import default_folder
    from sisbench.generation import SHEET
    from sisbench.pipeline import RECORD
    from sisbench.pipeline import run as do_run

    kinds = _kinds(save)
    echo(f"{job.info.title} on {job.card.title}, protocol {job.protocol.name}: {_how(job)}", err=True)
    with Bars() as bars:
        record = do_run(job, folder, device=device, cache_dir=cache or default_folder(), progress=bars, tell=_say)
        if record is None:
            return
        unsaved = _save_pictures(job, folder, kinds, device, bars)
    _tell(unsaved)
    echo(report_text.table(record.evaluation))
    if not record.provenance["complete"]:
        total = job.card.counts[job.protocol.real_split]
        part = f"{record.evaluation.n} of the {f'{total} ' if total else ''}images of the split"
        echo(f"Note: {part}; not comparable with complete runs.", err=True)
    echo(f"\nimages  {folder / 'images'}\npicture {folder / SHEET}\nrecord  {folder / RECORD}")


@click.command()
@_job_options
@functools.partial(_with_job, scored=False)
def train(job: Job, folder: Path, device: str) -> None:
    """Train a method; leaves generator.pth in the run's folder, where 'sisbench run' finds it.

    \b
    Examples:
      sisbench train --method lggan --dataset tinytown --output runs/mine
    Coarse to fine, pix2pixHD's way; the coarse training has a size of its own:
      sisbench train --method pix2pixhd --dataset tinytown --recipe quick-half --output runs/half
      sisbench run --method pix2pixhd --dataset tinytown --recipe quick-local --start runs/half
    """  # noqa: D301 - click wants the character \b
    from sisbench.errors import InputError
    from sisbench.pipeline import claim, make_fabric
    from sisbench.preparation import prepare
    from sisbench.training import obtain_weights

    if job.weights is not None:
        raise InputError("'sisbench train' was given '--weights'; there is nothing to train. Use 'sisbench generate'.")
    if not job.info.generator.trains:
        raise InputError(f"{job.info.name} has no weights, so there is nothing to train. Use 'sisbench run'.")
    claim(job, folder)
    fabric = make_fabric(device)
    with Bars() as bars:
        prepare(job, folder, fabric, bars, _say)
        obtain_weights(job, folder, fabric, progress=bars)
    echo(f"weights {folder / 'generator.pth'}")


@click.command()
@_job_options
@_save_option
@click.option(
    "--resample",
    metavar="PART",
    help="Draw noise anew, for methods with 3D noise, in a part of the pixels: 'global', 'class:NAME' (of the data "
    "set's card), or 'region:FILE', a picture of the images' size that is black where noise is kept. The images go to "
    "resampled/PART/KEY/00.png and so on.",
)
@click.option("--pixelwise", is_flag=True, help="With '--resample': every pixel gets noise of its own.")
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="With '--resample': images of each layout.",
)
@click.option(
    "--key", multiple=True, help="With '--resample' or '--edit': layout to make; repeat it for more.  [default: all]"
)
@edit_options
@_with_job
def generate(
    job: Job,
    folder: Path,
    device: str,
    save: tuple[str, ...],
    resample: str | None,
    pixelwise: bool,
    rounds: int,
    key: tuple[str, ...],
    edit: str | None,
    label: str | None,
    grow: int,
    layouts: Path | None,
    photos: Path | None,
) -> None:
    """Write the images of the evaluated split, from '--weights' or from a folder that 'sisbench train' has filled.

    \b
    Examples:
      sisbench generate --method lggan --dataset tinytown --output runs/mine
      sisbench generate --method oasis --dataset tinytown --output runs/oasis --resample class:car --rounds 5
      sisbench generate --method sesame_edit --dataset tinytown --output runs/edit --edit class:car --label road
    """  # noqa: D301 - click wants the character \b
    from sisbench.editing import generate_edited
    from sisbench.errors import InputError
    from sisbench.generation import IMAGES
    from sisbench.generation import generate as do_generate
    from sisbench.pipeline import claim, make_fabric
    from sisbench.preparation import prepare
    from sisbench.resampling import Redrawing, generate_resampled, parse
    from sisbench.training import obtain_weights

    if job.weights is None and job.info.generator.trains and not (folder / "generator.pth").exists():
        raise InputError(
            f"{folder} holds no trained weights (generator.pth). Give '--weights FILE', or run 'sisbench train' with "
            "the same options first."
        )
    if resample is None and (pixelwise or (key and edit is None) or rounds != 1):
        raise InputError("'--pixelwise', '--rounds' and '--key' say how '--resample' works, which is missing. Add it.")
    if resample is not None and edit is not None:
        raise InputError("'--resample' and '--edit' are two ways to make a part of an image anew. Give one of them.")
    kinds = _kinds(save)
    part = parse(resample, job.card, job.size) if resample else None
    changes = wanted_edit(job, edit, label, grow, layouts, photos, key)
    claim(job, folder)
    fabric = make_fabric(device)
    with Bars() as bars:
        prepare(job, folder, fabric, bars, _say)
        state = obtain_weights(job, folder, fabric).state
        samples = job.samples(job.protocol.real_split)
        made = folder / IMAGES
        if changes is not None:
            made = generate_edited(job, state, samples, folder, fabric, changes, progress=bars)
        elif part is not None:
            how = Redrawing(part, pixelwise, rounds, key)
            made = generate_resampled(job, state, samples, folder, fabric, how, progress=bars)
        else:
            do_generate(job, state, samples, folder, fabric, progress=bars)
        fabric.barrier()
        if not fabric.is_global_zero:
            return
        unsaved = _save_pictures(job, folder, kinds, device, bars)
    _tell(unsaved)
    echo(f"images {made}")


def _kinds(save: tuple[str, ...]) -> list[str]:
    """Kinds of pictures that '--save' names; an unknown one is told before the work, not after."""
    from sisbench.pictures import require_kinds

    kinds = [kind.strip() for words in save for kind in words.split(",") if kind.strip()]
    require_kinds(kinds)
    return kinds


def _save_pictures(job: Job, folder: Path, kinds: list[str], device: str, bars: Bars) -> dict[str, str]:
    """Save what '--save' asks for; the first of several processes does it alone."""
    import torch

    from sisbench.pictures import save

    where = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    return save(job, folder, kinds, where, bars) if kinds else {}


def _say(line: str) -> None:
    echo(line, err=True)


def _tell(unsaved: dict[str, str]) -> None:
    for name, reason in unsaved.items():
        echo(f"not saved  {name}: {reason}", err=True)


def _how(job: Job) -> str:
    if not job.info.generator.trains:
        return "no training"
    if job.weights is not None:
        return f"weights from {job.weights}"
    length = (
        f"{job.recipe.total_steps} steps"
        if job.recipe.total_steps or not job.recipe.epochs
        else (f"{job.recipe.epochs + job.recipe.decay_epochs} epochs")
    )
    return f"recipe {job.recipe_name}, {length} of {job.recipe.batch_size}"
