"""Make a study: a page for the raters, and the key that says what they saw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from sisbench import datasets, decoding
from sisbench.errors import InputError, counted
from sisbench.files import File, write_bytes
from sisbench.study import page, pictures
from sisbench.study.design import Shown, Trial, plan, shuffled
from sisbench.study.key import Key

REALISM = "Which image looks more realistic?"
LAYOUT = "Which image looks more like a photo of this layout?"
_LONGEST_QUESTION = 200


@dataclass(frozen=True)
class Sources:
    """The files of a study, by key.

    Attributes:
        methods: Generated images by name of the method; all have the same keys.
        layouts: Label maps; None shows none.
        real: Photos for the vigilance pairs; None takes generated images.
        palette: Colours of the label maps.
        dataset: Name of the card; None without one.
    """

    methods: Mapping[str, Mapping[str, File]]
    layouts: Mapping[str, File] | None
    real: Mapping[str, File] | None
    palette: pictures.Palette
    dataset: str | None

    @property
    def keys(self) -> list[str]:
        """Keys of the layouts, sorted."""
        return sorted(next(iter(self.methods.values())))


@dataclass(frozen=True)
class Made:
    """What was written.

    Attributes:
        page: The page.
        key_file: The key, which raters must not see.
        key: The same, in memory.
        images: Number of pictures in the page.
        megabytes: Size of the page, in units of 1,000,000 bytes.
    """

    page: Path
    key_file: Path
    key: Key
    images: int
    megabytes: float


def find(
    methods: Mapping[str, Path],
    *,
    layouts: Path | None = None,
    real: Path | None = None,
    dataset: str | None = None,
    root: Path | None = None,
) -> Sources:
    """Find the files of a study and pair them by key.

    Args:
        methods: Folders of images, zip archives or run folders, by name.
        layouts: Label maps; with a data set, in its colours. None takes those of the data set.
        real: Photos; None takes those of the data set.
        dataset: Name of a card; None shows layouts only where a folder is given.
        root: Where the data set lies; None looks where `datasets.locate` does.

    Raises:
        InputError: Fewer than two methods, one folder twice, nothing there.
        Problems: Files that are no images or do not pair.
    """
    if len(methods) < 2:
        raise InputError(
            f"a preference study was asked for with {counted(len(methods), 'method')}; it compares two or more. Give "
            "a folder of images for each, as NAME=DIR."
        )
    places: dict[Path, str] = {}
    for name, folder in methods.items():
        if (other := places.setdefault(folder.resolve(), name)) != name:
            raise InputError(f"{other!r} and {name!r} are both {folder}; expected different images. Check the folders.")
    files = {name: pictures.listed(folder, "generated") for name, folder in methods.items()}
    reference, *others = files
    for name in others:
        pictures.require_keys(repr(name), files[name], repr(reference), files[reference], exactly=True)
    labels = pictures.listed(layouts, "layout") if layouts else None
    photos = pictures.listed(real, "real") if real else None
    palette: pictures.Palette = pictures.any_palette()
    if dataset is not None:
        card = datasets.get(dataset)
        palette = card.card.palette()
        if card.direction and photos is None:  # raters see the photo; what images are made of is another view
            items = card.index(datasets.locate(card, root), card.card.eval_split)
            if any(item.panels for item in items):
                raise InputError(
                    f"the photos of {dataset} are parts of panel files. Give them as files of their own, with '--real'."
                )
            views = {item.key: item.image if card.direction == "a2g" else item.aerial for item in items}
            photos = {key: file for key, file in views.items() if file is not None}
        elif labels is None or photos is None:
            items = card.index(datasets.locate(card, root), card.card.eval_split)
            labels = labels or {item.key: item.layout for item in items}
            photos = photos or {item.key: item.image for item in items if item.image is not None} or None
    for what, found in (("the layouts", labels), ("the real images", photos)):
        if found is not None:
            pictures.require_keys(what, found, repr(reference), files[reference], exactly=False)
    return Sources(files, labels, photos, palette, dataset)


def make(
    sources: Sources,
    output: Path,
    *,
    trials: int,
    vigilance: int,
    raters: int,
    seed: int = 0,
    question: str | None = None,
    seconds: float | None = None,
    quality: int | None = None,
    max_megabytes: float = 200,
) -> Made:
    """Write a page and, beside it, its key. The same sources and arguments give the same bytes.

    Args:
        sources: The files.
        output: The page, `NAME.html`; the key is `NAME.key.json`.
        trials: Comparisons per rater.
        vigilance: Pairs per rater with a spoilt image, in addition.
        raters: Number of raters.
        seed: Seed of every order.
        question: What raters are asked; None is `LAYOUT` where layouts are shown, else `REALISM`.
        seconds: How long a pair is visible; None is as long as raters like.
        quality: Of lossy compression, 1 to 100, the same for all images; None keeps every pixel.
        max_megabytes: Largest page to write.

    Raises:
        InputError: The numbers do not fit, an image is damaged, images of one layout differ in size, the page would be
            too large, or a key of another study lies where this one would.
    """
    asked = _question(question, with_layouts=sources.layouts is not None)
    if output.suffix.lower() != ".html":
        raise InputError(f"the page was to be written to {output}; expected a name that ends in .html. Rename it.")
    if seconds is not None and not 0.1 <= seconds <= 3600:
        raise InputError(f"pairs were to be visible for {seconds} seconds; expected 0.1 to 3600. Or set no limit.")
    planned = plan(
        list(sources.methods),
        sources.keys,
        trials=trials,
        vigilance=vigilance,
        raters=raters,
        seed=seed,
        real=sources.real is not None,
    )
    encoded = _encoded(sources, planned, quality)
    images = shuffled(list(encoded), seed, "images")
    key = Key(asked, seconds, sources.dataset, seed, raters, _digests(sources, encoded), tuple(planned))
    content = page.render(key, {what: number for number, what in enumerate(images)}, [encoded[what] for what in images])
    megabytes = len(content) / 1e6
    if megabytes > max_megabytes:
        raise InputError(
            f"the page would have {megabytes:.0f} MB; expected {max_megabytes:g} MB at most, so that browsers open it. "
            "Ask for fewer trials or raters, compress with '--quality 90', or raise '--max-mb'."
        )
    key_file = output.with_suffix(".key.json")
    _keep_other_key(key_file, key)
    key.write(key_file)  # first: a page without its key would collect answers that nobody can score
    write_bytes(output, content)
    return Made(output, key_file, key, len(images), megabytes)


def _question(question: str | None, with_layouts: bool) -> str:
    if question is None:
        return LAYOUT if with_layouts else REALISM
    asked = " ".join(question.split())
    if not 0 < len(asked) <= _LONGEST_QUESTION or not asked.isprintable():
        raise InputError(
            f"the question {asked[:40]!r} has {len(asked)} characters; expected 1 to {_LONGEST_QUESTION} that print, "
            "to be read at a glance. Ask another one."
        )
    return asked


def _encoded(sources: Sources, planned: list[Trial], quality: int | None) -> dict[page.Picture, bytes]:
    """Return every picture that is shown, once."""
    wanted: dict[str, dict[Shown, None]] = {}
    for trial in planned:
        wanted.setdefault(trial.layout, {}).update({trial.first: None, trial.second: None})
    encoded: dict[page.Picture, bytes] = {}
    for key, several in sorted(wanted.items()):
        images = {name: decoding.photo(files[key]) for name, files in sources.methods.items()}
        size = _common_size(key, images)
        for shown in several:
            image = images[shown.method] if shown.method is not None else _real(sources, key, size)
            encoded[key, shown] = pictures.encode(pictures.degrade(image) if shown.degraded else image, quality)
        if sources.layouts is not None:
            encoded[key, None] = pictures.encode(pictures.layout(sources.layouts[key], sources.palette, size))
    return encoded


def _common_size(key: str, images: Mapping[str, Image.Image]) -> tuple[int, int]:
    """Width and height of all methods' images of a layout."""
    if len({image.size for image in images.values()}) > 1:
        listed = ", ".join(f"{name!r} {image.width} x {image.height}" for name, image in images.items())
        raise InputError(
            f"the images of {key!r} differ in size: {listed}. Raters would judge the size. Generate all at one size."
        )
    return next(iter(images.values())).size


def _real(sources: Sources, key: str, size: tuple[int, int]) -> Image.Image:
    assert sources.real is not None  # the plan has photos only where there are some
    return decoding.photo(sources.real[key], (size[1], size[0]))


def _digests(sources: Sources, encoded: Mapping[page.Picture, bytes]) -> dict[str, str]:
    """Digest of each method's pictures, so that a study of other images has another name."""
    digests = {name: hashlib.sha256() for name in sources.methods}
    for (key, shown), content in encoded.items():
        if shown is not None and shown.method is not None and not shown.degraded:
            digests[shown.method].update(f"{key}:{len(content)}:".encode() + content)
    return {name: digest.hexdigest() for name, digest in digests.items()}


def _keep_other_key(path: Path, key: Key) -> None:
    if path.exists() and Key.read(path).study != key.study:
        raise InputError(
            f"{path} is the key of another study, whose answers nobody could score without it. Choose another name for "
            "the page, or remove the key if that study is over."
        )
