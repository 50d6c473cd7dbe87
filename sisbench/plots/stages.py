"""What a generator computes on the way to its images, side by side (LGGAN, Fig. 6 and 13 to 17)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sisbench import datasets
from sisbench.card import Card
from sisbench.errors import InputError, first
from sisbench.plots import Drawing, Option, register
from sisbench.plots._files import coloured, label_ids, photo
from sisbench.plots._gallery import Picture, gallery
from sisbench.plots.semantics import COUNT, spread, whole
from sisbench.stage_folders import LABEL_MAP, STAGES, class_stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IMAGE, SPEC = "image", "spec.json"
ORDER = ("local", "weight_local", "global", "weight_global", IMAGE, "class_images")
"""Columns that come first, where a method has them."""
_FEATURES, _SHOWN = "features_", 2
"""Maps of features, and how many of them a row shows that is not of one class."""
_CLASS = "class"
"""The stage that has a picture for each class."""
_SAVE = (
    "Issue the run's command ('sisbench run' or 'sisbench generate') once more with '--save stages'; nothing else is "
    "made again."
)


@register(
    "stages",
    files="required",
    options=(
        Option("key", "Layout to show; repeat it for more.  [default: spread evenly]", several=True),
        COUNT,
        Option("stage", "Picture to show; repeat it for more, in their order.  [default: all]", several=True),
        Option(
            "label",
            "Show the maps of a class, such as 'road', in a row for each layout; repeat it for more.  [count: 1]",
            several=True,
        ),
    ),
)
def command(
    files: Sequence[Path], key: tuple[str, ...], count: float | None, stage: tuple[str, ...], label: tuple[str, ...]
) -> Drawing:
    """What a generator computes on the way: local and global images, weight maps, maps of classes.

    FILES is the folder of one run, whose pictures of stages are there ('sisbench run --save stages'). Rows are layouts;
    columns are the label map, the pictures and the image. With '--label' a row is a class in a layout: the image that
    its own generator makes, and the features inside of its mask.

    \b
    Examples:
      sisbench plot stages runs/tinytown/lggan -o stages.png
      sisbench plot stages runs/tinytown/lggan --label road --label car --count 1 -o classes.pdf
    """  # noqa: D301 - click wants the character \b
    if len(files) != 1:
        raise InputError(f"{len(files)} folders were given; expected that of one run. Name one.")
    seen = _Saved.of(files[0])
    if unknown := [name for name in key if name not in seen.keys]:
        raise InputError(
            f"there are no pictures of the layouts {', '.join(first(unknown))}; expected keys such as "
            f"{seen.keys[0]!r}. Check '--key'."
        )
    if unknown := [name for name in stage if name not in (*seen.stages, IMAGE)]:
        raise InputError(
            f"there are no pictures {', '.join(first(unknown))}; there are {', '.join((*seen.stages, IMAGE))}. Check "
            "'--stage'."
        )
    classes: set[int] = set()
    if label:
        titles, rows = _rows_of_classes(seen, label, key, whole(count, 1), classes)
    else:
        columns = list(stage) or seen.columns()
        titles = ["label map", *(name.replace("_", " ") for name in columns)]
        rows = [
            [Picture(coloured(seen.labels(name), seen.card, classes), name)]
            + [Picture(seen.picture(column, name)) for column in columns]
            for name in key or spread(seen.keys, whole(count, 4))
        ]
    scales = "Weights: black 0, white 1. Features: each map divided by its largest value."
    return Drawing(gallery(rows, titles, seen.card, classes, [f"{seen.method}, {seen.card.title}. {scales}"]))


@dataclass(frozen=True)
class _Saved:
    """The pictures of a run."""

    folder: Path
    method: str
    card: Card
    stages: tuple[str, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> _Saved:
        path = folder / SPEC
        try:
            spec = json.loads(path.read_text())
            method, dataset = str(spec["method"]), str(spec["dataset"])
        except FileNotFoundError as error:
            raise InputError(
                f"{folder} is no folder of a run: it has no {SPEC}. Give the folder that 'sisbench run' or 'generate' "
                "wrote."
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} is damaged ({type(error).__name__}: {error}). Make the run again.") from error
        place = folder / STAGES
        found = sorted(path.name for path in place.iterdir() if path.is_dir()) if place.is_dir() else []
        maps = place / LABEL_MAP
        keys = sorted(path.relative_to(maps).as_posix().removesuffix(".png") for path in maps.rglob("*.png"))
        stages = tuple(name for name in found if name != LABEL_MAP)
        if not stages or not keys:
            raise InputError(f"{folder} holds no pictures of stages ({STAGES}/). {_SAVE}")
        return cls(folder, method, datasets.get(dataset).card, stages, tuple(keys))

    def columns(self) -> list[str]:
        """Stages that every layout has, in the order of a row."""
        plain = [name for name in self.stages if not name.startswith((f"{_CLASS}-", _FEATURES))]
        known = [name for name in ORDER if name in (*plain, IMAGE)]
        return known + [name for name in plain if name not in ORDER] + self.features()[:_SHOWN]

    def features(self) -> list[str]:
        """Maps of features, by their numbers."""
        found = [name for name in self.stages if name.startswith(_FEATURES)]
        return sorted(found, key=lambda name: (len(name), name))

    def labels(self, key: str) -> NDArray[np.uint8]:
        """Label ids of a layout."""
        return label_ids(self.folder / STAGES / LABEL_MAP / f"{key}.png")

    def has(self, stage: str, key: str) -> bool:
        """Whether there is such a picture."""
        return self._path(stage, key).is_file()

    def picture(self, stage: str, key: str) -> NDArray[np.uint8]:
        """A picture of a layout; of several images, that of the first."""
        path = self._path(stage, key)
        if not path.is_file():
            raise InputError(f"{path} is not there. {_SAVE}")
        return photo(path)

    def _path(self, stage: str, key: str) -> Path:
        place = self.folder / "images" if stage == IMAGE else self.folder / STAGES / stage
        several = place / key / "00.png"
        return several if several.is_file() else place / f"{key}.png"


def _rows_of_classes(
    seen: _Saved, labels: Sequence[str], keys: Sequence[str], count: int, classes: set[int]
) -> tuple[list[str], list[list[Picture]]]:
    """Return headings, and for each class a row for each layout that has it."""
    import numpy as np

    features, rows = seen.features(), []
    for label in labels:
        stage = class_stage(_CLASS, label)
        if stage not in seen.stages:
            there = [name.name for name in seen.card.labels if class_stage(_CLASS, name.name) in seen.stages]
            raise InputError(
                f"there are no pictures of a class {label!r}; there are of {', '.join(there) or 'none'}. Check "
                "'--label'."
            )
        having = [key for key in keys or seen.keys if seen.has(stage, key)]
        if not having:
            raise InputError(f"no layout of '--key' has pixels of {label!r}. Choose another class or layout.")
        for key in having if keys else spread(having, count):
            ids = seen.labels(key)
            own = np.isin(ids, [known.id for known in seen.card.labels if known.name == label])[..., None]
            colours = coloured(ids, seen.card, classes)
            shown = np.where(own, colours, 255 - (255 - colours) // 4)  # the rest is paler
            maps = [np.where(own, seen.picture(name, key), 0).astype(np.uint8) for name in features]
            images = (seen.picture(IMAGE, key), seen.picture(stage, key), *maps)
            rows.append([Picture(shown.astype(np.uint8), f"{label}, {key}"), *map(Picture, images)])
    return ["label map", "image", "of the class", *(name.replace("_", " ") for name in features)], rows
