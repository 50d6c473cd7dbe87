"""Photos made anew: a run's discriminator reads their layout, its generator paints it several times (OASIS, Fig. 4).

No label map is needed, so photos of any folder will do. What is made of a photo lies in a folder of its name; figures
read it from there ('sisbench plot recreations').
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

import generators
from sisbench import images
from sisbench.encode import channels_of
from sisbench.errors import InputError, first
from sisbench.files import write_json
from sisbench.folders import ImageFolder
from sisbench.generation import silent
from sisbench.job import Job
from sisbench.trained import generator_of, job_of, segmenting_discriminator

MANIFEST = "recreations.json"
PHOTO, TRUTH, PREDICTED = "photo.png", "truth.png", "predicted.png"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Photo:
    """A photo to be made anew.

    Attributes:
        image: uint8 (3, H, W), at the size of the run.
        truth: True label ids, int64 (H, W); None where there is no label map.
    """

    image: Tensor
    truth: Tensor | None = None


class Recreator:
    """The two networks of a run.

    Attributes:
        job: The run's.

    Args:
        run: Folder of a run whose discriminator labels pixels.
        root: Place of the data set, as for a run.

    Raises:
        InputError: It is no such run.
        generators.GeneratorError: Weights are damaged.
    """

    def __init__(self, run: Path, root: Path | None = None) -> None:
        self.job: Job = job_of(run, root)
        self._discriminator = segmenting_discriminator(run, self.job)
        self._generator = generator_of(run, self.job)
        self._ids = torch.tensor(channels_of(self.job.card, self.job.encoding.unlabeled))
        # a channel that no loss counts is no answer
        self._first = 1 if self.job.recipe.discriminator.get("dont_care", True) else 0

    @torch.no_grad()
    def read(self, image: Tensor) -> Tensor:
        """Return the label ids that the discriminator reads off a photo.

        Args:
            image: uint8 (3, H, W), at the size of the run.

        Returns:
            int64 (H, W).
        """
        logits = self._discriminator(images.to_pm1(image)[None])[0, 1:]
        return self._ids[logits[self._first :].argmax(dim=0) + self._first]

    @torch.no_grad()
    def paint(self, layout: Tensor, key: str, version: int = 0) -> Tensor:
        """Return an image of a layout, with noise from (seed, key, version).

        Args:
            layout: Label ids, int64 (H, W).
            key: Name of the photo.
            version: Number of the image.

        Returns:
            uint8 (3, H, W).
        """
        places = torch.zeros(int(self._ids.max()) + 1, dtype=torch.int64)
        places[self._ids] = torch.arange(len(self._ids))
        cond = F.one_hot(places[layout], len(self._ids)).permute(2, 0, 1)[None].float()
        rng = torch.Generator().manual_seed(generators.derive_seed(self.job.seed, "recreate", key, version))
        return images.quantise(self._generator(cond, self._generator.sample_noise(1, rng))[0])


def recreate(
    run: Path,
    output: Path,
    *,
    photos: Path | None = None,
    root: Path | None = None,
    keys: Sequence[str] = (),
    count: int = 4,
    versions: int = 3,
    progress: Progress = silent,
) -> list[str]:
    """Write photos, the layouts read off them and images of these into `output/KEY`, and `recreations.json`.

    Label maps hold ids, in the colours of the card.

    Args:
        run: Folder of a run whose discriminator labels pixels.
        output: Where to.
        photos: Folder or zip archive of photos; None takes those of the evaluated split, whose label maps are written
            too.
        root: Place of the data set, as for a run.
        keys: Photos to take; none takes `count` of them, spread evenly.
        count: Number of photos.
        versions: Images of each.
        progress: Told of photos done, as stage "generate".

    Returns:
        The keys of the photos.

    Raises:
        InputError: It is no such run, a key is no photo's, or a file is damaged.
        generators.GeneratorError: Weights are damaged.
    """
    recreator = Recreator(run, root)
    card, source = recreator.job.card, _source(recreator.job, photos)
    chosen = _chosen(list(source), keys, count)
    for done, key in enumerate(chosen, start=1):
        photo, place = source[key](), output / key
        predicted = recreator.read(photo.image)
        images.save_png(place / PHOTO, photo.image)
        if photo.truth is not None:
            images.save_label_png(place / TRUTH, photo.truth, card.palette())
        images.save_label_png(place / PREDICTED, predicted, card.palette())
        for version in range(versions):
            images.save_png(place / f"{version:02d}.png", recreator.paint(predicted, key, version))
        progress("generate", done, len(chosen))
    facts = {"method": recreator.job.info.title, "dataset": card.name, "keys": chosen, "versions": versions}
    write_json(output / MANIFEST, {**facts, "truth": photos is None})
    return chosen


def _source(job: Job, photos: Path | None) -> Mapping[str, Callable[[], Photo]]:
    """Return what reads each photo, by key."""
    if photos is None:
        samples = job.samples(job.protocol.real_split)

        def sample(index: int) -> Photo:
            found = samples[index]
            return Photo(found.image, found.layout)

        return {key: lambda index=index: sample(index) for index, key in enumerate(samples.keys)}  # type: ignore[misc]
    folder = ImageFolder(photos, "real")

    def resized(key: str) -> Photo:
        image = folder[key]
        same = tuple(image.shape[1:]) == job.size
        return Photo(image if same else images.resize_photo(image, job.size, "bicubic"))

    return {key: lambda key=key: resized(key) for key in sorted(folder)}  # type: ignore[misc]


def _chosen(known: Sequence[str], keys: Sequence[str], count: int) -> list[str]:
    if unknown := [key for key in keys if key not in known]:
        raise InputError(
            f"there are no photos {', '.join(first(unknown))}; expected keys such as {known[0]!r}. Check '--key'."
        )
    count = min(count, len(known))
    return list(keys) or [known[place * len(known) // count] for place in range(count)]
