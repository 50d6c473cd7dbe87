"""Photos edited: a region of each is painted to fit a layout that the user has changed; the rest stays byte for byte.

Adding, changing and erasing objects are one thing to a method that edits (SESAME): a region, and what it is to show.
What it is to show is one label for the whole region, a label map that the user has drawn, or what was there before.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from sisbench import decoding, images, layout_files
from sisbench.card import Card
from sisbench.contact_sheet import colorize
from sisbench.data import Sample, Samples
from sisbench.errors import InputError, first, unknown_name
from sisbench.fakes import require_keys
from sisbench.files import File, sha256
from sisbench.folders import ImageFolder
from sisbench.generation import (
    IMAGES,
    REGIONS,
    SHEET,
    Inputs,
    Progress,
    identity,
    save_region,
    silent,
    start_over_unless,
)
from sisbench.job import Job
from sisbench.listing import listed
from sisbench.preparation import equip
from sisbench.resampling import plain_name, read_mask

if TYPE_CHECKING:
    from lightning_fabric import Fabric

EDITED, LAYOUTS = "edited", "layouts"
_ROWS = 8
"""Edits on the sheet."""


class NothingThere(Exception):
    """A scene has no pixel of the region; the message says of what."""


@dataclass(frozen=True)
class Region:
    """Which pixels of a photo are painted.

    Attributes:
        name: Part of the name of a folder.
        facts: What it is, as JSON.
        pixels: From a scene before the edit, and its label map behind it, to bool (H, W); raises `NothingThere`.
    """

    name: str
    facts: Mapping[str, Any]
    pixels: Callable[[Sample, Tensor], Tensor] = field(compare=False)


@dataclass(frozen=True)
class Edit:
    """What is done to which photos.

    Attributes:
        region: Pixels that are painted.
        label: What all of them are to show, a label id; None leaves that to the label maps.
        grow: Pixels by which the region grows beyond itself in every direction; the layout does not change there.
        layouts: Folder, zip archive or list of label maps, as they are to be; None is those of the data set.
        photos: Folder, zip archive or list of photos; None is those of the evaluated split.
        keys: Photos to edit; none is all that have pixels in the region.
    """

    region: Region
    label: int | None = None
    grow: int = 0
    layouts: Path | None = None
    photos: Path | None = None
    keys: Sequence[str] = ()


def parse_region(text: str, card: Card, size: tuple[int, int]) -> Region:
    """Understand "class:NAME", "instance:ID", "box:X,Y,WIDTH,HEIGHT", "region:FILE" or "changed".

    Args:
        text: What a user wrote. X and Y are the left and upper ends of a box, in pixels from 0. A region's file is a
            picture of one channel that is black where the photo stays. "changed" is where a label map of one's own
            differs from that of the data set.
        card: Whose classes are named.
        size: Height and width of the images.

    Raises:
        InputError: Another text, an unknown class, a box that leaves the image, or a file that is missing, damaged, of
            another size or kind, or all black.
    """
    kind, _, value = text.partition(":")
    if text == "changed":
        return Region("changed", {"region": "changed"}, _changed)
    if kind == "class" and value:
        ids = torch.tensor(label_ids(value, card, "--edit"))
        return Region(
            f"class-{plain_name(value)}",
            {"region": "class", "labels": ids.tolist()},
            lambda scene, layout: _some(torch.isin(scene.layout, ids), f"of class {value}"),
        )
    if kind == "instance" and value.isdecimal():
        number = int(value)
        pixels = functools.partial(_instance, number)
        return Region(f"instance-{number}", {"region": "instance", "instance": number}, pixels)
    if kind == "box" and value:
        box = _box(value, size)
        facts = {"region": "box", "box": value}
        return Region(f"box-{plain_name(value)}", facts, lambda scene, layout: box)
    if kind == "region" and value:
        mask = read_mask(Path(value), size, "the photo")
        facts = {"region": "mask", "mask_sha256": sha256(Path(value))}
        return Region(f"region-{plain_name(Path(value).stem)}", facts, lambda scene, layout: mask)
    raise InputError(
        f"'--edit' got {text!r}; expected 'class:NAME' with a class of {card.title}, 'instance:ID', "
        "'box:X,Y,WIDTH,HEIGHT' in pixels, 'region:FILE' with a picture that is black where the photo stays, or "
        "'changed' with '--layouts'."
    )


def label_ids(name: str, card: Card, option: str) -> list[int]:
    """Return the ids of a label, of which most have one, by its name on the card.

    Raises:
        InputError: The card has no such label, or no channel stands for it.
    """
    ids = [label.id for label in card.labels if label.name == name]
    if not ids:
        raise unknown_name(f"a class of {card.title}", name, [label.name for label in card.labels], option)
    if not all(0 <= number < card.num_labels for number in ids):
        raise InputError(f"{name!r} of {card.title} has no channel in a layout. Choose another class for '{option}'.")
    return ids


def generate_edited(
    job: Job,
    state: Mapping[str, Tensor],
    samples: Samples,
    folder: Path,
    fabric: Fabric,
    edit: Edit,
    progress: Progress = silent,
) -> Path:
    """Write edited photos into `edited/NAME/images/KEY.png`, with their `layouts/` and `regions/`, and a sheet.

    A method of whole images has its image pasted into the region.

    Args:
        job: The run.
        state: The generator's weights.
        samples: The evaluated split.
        folder: The run's folder.
        fabric: Processes; each takes every n-th photo.
        edit: What is done.
        progress: Told of photos done, as stage "generate".

    Returns:
        The folder of the edit.

    Raises:
        InputError: Photos and label maps that do not pair or have another size, ids outside the label space, a key
            that is no photo's, no pixel in the region; a cross-view method.
    """
    if job.info.generator.crossview:
        raise InputError(
            f"{job.info.name} makes a view from a photo of another one, and no region of a photo by a layout. Choose a "
            "method that edits, such as '--method sesame_edit', or one of whole layouts."
        )
    scenes = _Scenes(job, samples, edit)
    chosen = _chosen(scenes, edit)
    network = job.generator()
    network.load_state_dict(dict(state))
    prepared = equip(network, folder)
    target = folder / EDITED / _name(edit, job.card)
    made_from = {
        **identity(job, state, samples, prepared),
        **edit.region.facts,
        "label": edit.label,
        "grow": edit.grow,
        **scenes.digests(),
    }
    if fabric.is_global_zero:
        start_over_unless(target, target.with_name(f"{target.name}.json"), made_from)
    fabric.barrier()
    network.to(fabric.device).eval()
    mine = chosen[fabric.global_rank :: fabric.world_size]
    for done, key in enumerate(mine, start=1):
        path = target / IMAGES / f"{key}.png"
        if not path.exists():
            scene, region = scenes.after(key)
            inputs = Inputs(job, scene, network, fabric.device, region)
            with torch.no_grad():
                image = network(inputs.cond, inputs.noise(0))
            images.save_ids(target / LAYOUTS / f"{key}.png", scene.layout)
            save_region(target / REGIONS / f"{key}.png", region)
            images.save_png(path, inputs.finished(image))  # last: where it is, the others are
        progress("generate", done, len(mine))
    fabric.barrier()
    if fabric.is_global_zero:
        _write_sheet(scenes, chosen[:_ROWS], target)
    return target


class _Scenes:
    """Photos with their label maps before and behind an edit, by key."""

    def __init__(self, job: Job, samples: Samples, edit: Edit) -> None:
        self.card, self.size, self._samples, self._edit = job.card, job.size, samples, edit
        self._places = {key: place for place, key in enumerate(samples.keys)}
        self._layouts: Mapping[str, File] = listed(edit.layouts, "layout") if edit.layouts else {}
        self._photos = ImageFolder(edit.photos, "real") if edit.photos else None
        if self._photos is not None:
            if not edit.layouts:
                raise InputError(
                    "'--photos' are edited by label maps of their own, which are missing. Name them with '--layouts'."
                )
            require_keys(self._layouts, sorted(self._photos), "label map", "photo")
        elif unknown := sorted(self._layouts.keys() - self._places.keys()):
            raise InputError(
                f"{edit.layouts} holds label maps of no sample: {', '.join(first(unknown))}; expected names such as "
                f"{samples.keys[0]!r}. Name them by the keys of the split, or give their photos with '--photos'."
            )
        self.keys = tuple(sorted(self._layouts)) if self._layouts else samples.keys

    def before(self, key: str) -> tuple[Sample, Tensor]:
        """Return a scene as it is, and the label map that it is to have, int64 (H, W)."""
        if self._photos is None:
            sample = self._samples[self._places[key]]
            return sample, self._layout(key, sample.layout)
        photo = self._photos[key]
        if tuple(photo.shape[1:]) != self.size:
            raise InputError(
                f"{self._photos.file(key)}: the photo is {_by(photo.shape[1:])}, and the network paints "
                f"{_by(self.size)}. Resize or cut it first: what is not painted stays byte for byte."
            )
        layout = self._layout(key, None)
        return Sample(key, photo, layout, None, None), layout

    def region(self, scene: Sample, layout: Tensor) -> tuple[Tensor, Tensor]:
        """Return the pixels that a label is for, and those that are painted, both bool (H, W)."""
        if self._edit.region.name == "changed" and not (self._edit.layouts and self._photos is None):
            raise InputError(
                "'--edit changed' compares label maps of one's own with those of the data set. Give them with "
                "'--layouts', without '--photos'."
            )
        region = self._edit.region.pixels(scene, layout)
        width = 2 * self._edit.grow + 1
        grown = F.max_pool2d(region[None, None].float(), width, stride=1, padding=self._edit.grow)[0, 0] > 0
        return region, grown

    def after(self, key: str) -> tuple[Sample, Tensor]:
        """Return a scene with the label map that it is to have, and the pixels that are painted."""
        scene, layout = self.before(key)
        region, painted = self.region(scene, layout)
        if self._edit.label is not None:
            layout = layout.masked_fill(region, self._edit.label)
        instance = scene.instance
        if instance is not None:  # what is new is one instance of its label
            instance = torch.where(layout == scene.layout, instance, layout)
        return dataclasses.replace(scene, layout=layout, instance=instance), painted

    def digests(self) -> dict[str, str]:
        """Return SHA-256 over keys and contents of the user's files, by kind."""
        photos = {key: self._photos.file(key) for key in self._photos} if self._photos is not None else {}
        found = {}
        for kind, files in (("layouts", self._layouts), ("photos", photos)):
            contents = (f"{key} {hashlib.sha256(files[key].read()).hexdigest()}" for key in sorted(files))
            found[f"{kind}_sha256"] = hashlib.sha256("\n".join(contents).encode()).hexdigest() if files else ""
        return found

    def _layout(self, key: str, own: Tensor | None) -> Tensor:
        file = self._layouts.get(key)
        if file is None:
            assert own is not None
            return own
        found = decoding.size_of(file)
        allowed = {self.size}
        if own is not None:
            allowed.add(decoding.size_of(self._samples.items[self._places[key]].layout))
        if found not in allowed:
            raise InputError(
                f"{file}: the label map is {_by(found)}; expected {' or '.join(_by(size) for size in sorted(allowed))}."
                " Draw it at the size of the photo."
            )
        return layout_files.read(file, self.card, self.size)


def _chosen(scenes: _Scenes, edit: Edit) -> list[str]:
    if unknown := [key for key in edit.keys if key not in scenes.keys]:
        raise InputError(
            f"there are no scenes {', '.join(first(unknown))}; expected keys such as {scenes.keys[0]!r}. Check '--key'."
        )
    found, reason = [], ""
    for key in edit.keys or scenes.keys:
        try:
            scenes.region(*scenes.before(key))
        except NothingThere as error:
            reason = str(error)
            if edit.keys:
                raise InputError(f"{key} has {reason}. Choose another region or scene.") from error
        else:
            found.append(key)
    if not found:
        raise InputError(f"every scene has {reason}: there is nothing to edit. Choose another region.")
    return found


def _some(pixels: Tensor, what: str) -> Tensor:
    if not bool(pixels.any()):
        raise NothingThere(f"no pixel {what}")
    return pixels


def _changed(scene: Sample, layout: Tensor) -> Tensor:
    return _some(layout != scene.layout, "in which the label maps differ")


def _instance(number: int, scene: Sample, layout: Tensor) -> Tensor:
    if scene.instance is None:
        raise InputError(
            "'--edit instance:ID' needs instance maps, which these photos have not. Use 'class:', 'box:' or 'region:'."
        )
    return _some(scene.instance == number, f"of instance {number}")


def _box(text: str, size: tuple[int, int]) -> Tensor:
    parts = text.split(",")
    numbers = [int(part) for part in parts if part.strip().isdecimal()]
    height, width = size
    if len(parts) == len(numbers) == 4:
        left, top, across, down = numbers
        if across and down and left + across <= width and top + down <= height:
            box = torch.zeros(size, dtype=torch.bool)
            box[top : top + down, left : left + across] = True
            return box
    raise InputError(
        f"the box {text!r} is none of these images, which are {width}x{height}; expected X,Y,WIDTH,HEIGHT in pixels, "
        "within the image and not empty. Check '--edit'."
    )


def _name(edit: Edit, card: Card) -> str:
    parts = [edit.region.name]
    if edit.label is not None:
        parts.append(f"to-{plain_name(next(label.name for label in card.labels if label.id == edit.label))}")
    if edit.grow:
        parts.append(f"grown-{edit.grow}")
    parts += [plain_name(place.stem) for place in (edit.layouts, edit.photos) if place]
    return "-".join(parts)


def _write_sheet(scenes: _Scenes, keys: Sequence[str], target: Path) -> None:
    """Write a picture to look at: photo, layout that it was to have, photo without the region, edited photo."""
    rows = []
    for key in keys:
        scene, painted = scenes.after(key)
        edited = images.decode_photo(target / IMAGES / f"{key}.png")
        parts = (scene.image, colorize(scene.layout, scenes.card), scene.image.masked_fill(painted, 127), edited)
        rows.append(torch.cat(parts, dim=2))
    images.save_png(target / SHEET, torch.cat(rows, dim=1))


def _by(size: Sequence[int]) -> str:
    return f"{size[1]}x{size[0]}"
