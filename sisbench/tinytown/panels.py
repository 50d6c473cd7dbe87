"""Worlds as the panel files of the cross-view methods: photos and semantic maps of two views side by side, 256 high.

Facts of the layouts: the data preparation of Dayton and CVUSA as the code of X-Fork, SelectionGAN and LGGAN reads it.

    selectiongan    aerial, ground, semantic aerial, semantic ground
    lggan           the same, then six groups of classes as grey values: aerial, ground
    x-fork          ground, aerial, semantic ground, semantic aerial

Dayton has a street photo and PNG files; CVUSA the first quarter of a panorama and JPEG files. Semantic maps are in the
colours of Cityscapes. Those of CVUSA are its own annotation, except for LGGAN: sky, man-made, road and vegetation on
the ground, in black, blue, red and green for SelectionGAN and as grey values 0 to 3 for X-Fork, and black from above.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sisbench import decoding
from sisbench.errors import InputError, unknown_name
from sisbench.files import Tree, write_bytes
from sisbench.tinytown import spaces
from sisbench.tinytown.journal import WORLDS

Picture = NDArray[np.uint8]

SIZE = 256
"""Height and width of a panel."""

LAYOUTS = ("selectiongan", "lggan", "x-fork")

MARK = "PANELS"
"""File beside the splits that names the layout, for readers: two of them have one width."""


@dataclass(frozen=True)
class Style:
    """How a data set stores its panels.

    Attributes:
        view: View that stands for the ground.
        suffix: Of the files.
        how: What the encoder is told.
        render: What has to be rendered for it.
    """

    view: str
    suffix: str
    how: Mapping[str, Any]

    @property
    def render(self) -> str:
        """The command that makes what the panels are made of."""
        return f"sisbench data render tinytown --size {SIZE}x{SIZE} --views aerial,{self.view} --worlds N --output DIR"


STYLES = {
    "dayton": Style("ground", ".png", {"format": "PNG"}),
    "cvusa": Style("panorama", ".jpg", {"format": "JPEG", "quality": 95}),
}

_GROUPS = {
    10: ("car", "truck", "bus", "train", "motorcycle", "bicycle"),
    20: ("road", "sidewalk", "terrain"),
    30: ("pole", "traffic light", "traffic sign", "person", "rider"),
    40: ("building", "wall", "fence"),
    50: ("sky",),
    60: ("vegetation",),
}
"""Grey values of LGGAN's label panels; other classes keep their colour."""

_ANNOTATED = {"sky": 0, "road": 2, "parking": 2, "vegetation": 3, "terrain": 3}
"""CVUSA's annotation by class: sky, man-made (1: every other class), road, vegetation."""

_ANNOTATION_COLORS = {
    "selectiongan": ((0, 0, 0), (0, 0, 255), (255, 0, 0), (0, 255, 0)),
    "x-fork": ((0, 0, 0), (1, 1, 1), (2, 2, 2), (3, 3, 3)),
}
"""Colours of CVUSA's annotation by layout; X-Fork read it as it is stored."""


def write_panels(
    tree: Tree,
    style: str,
    layout: str,
    output: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, int]:
    """Write one panel file per world, `{split}/{category}_{world}.a2g.png`, lists of the splits, and the layout's name.

    Args:
        tree: A rendering in the Cityscapes label space, a folder or an archive, that has the views and the size.
        style: One of `STYLES`.
        layout: One of `LAYOUTS`.
        output: Folder to write into.
        progress: Called with the number of panels that are written and their total.

    Returns:
        Number of panels by split.

    Raises:
        InputError: An unknown name, a view or size that is missing, a file that cannot be read or written.
    """
    for kind, name, known in (("a style", style, STYLES), ("a layout", layout, LAYOUTS)):
        if name not in known:
            raise unknown_name(f"{kind} of panels", name, known, "sisbench data panels --help")
    chosen = STYLES[style]
    base, worlds = _worlds(tree, chosen)
    lists: dict[str, list[str]] = {}
    for done, world in enumerate(worlds, start=1):
        name = f"{world['category']}_{world['world']:06d}.{'g2a' if layout == 'x-fork' else 'a2g'}{chosen.suffix}"
        stream = io.BytesIO()
        Image.fromarray(_panel(tree, base, world, style, layout)).save(stream, **chosen.how)
        write_bytes(output / world["split"] / name, stream.getvalue())
        lists.setdefault(world["split"], []).append(name)
        progress(done, len(worlds))
    write_bytes(output / MARK, f"{layout}\n".encode())
    for split, names in lists.items():
        write_bytes(output / f"{split}.txt", "".join(f"{name}\n" for name in sorted(names)).encode())
    return {split: len(names) for split, names in sorted(lists.items())}


def _worlds(tree: Tree, style: Style) -> tuple[str, list[dict[str, Any]]]:
    """Return the folder of a rendering in its tree ("" or "top/"), and its worlds."""
    bases = [base for base in ("", *(f"{folder}/" for folder in tree.folders())) if tree.has(f"{base}{WORLDS}")]
    if len(bases) != 1:
        raise InputError(
            f"{tree.root} holds {len(bases) or 'no'} {WORLDS}; expected a finished rendering of tinytown. Make one "
            f"with '{style.render}' and name it with '--root'."
        )
    file = tree.file(f"{bases[0]}{WORLDS}")
    try:
        worlds = [dict(json.loads(line)) for line in file.read().splitlines()]
    except (ValueError, TypeError) as error:
        raise InputError(f"{file}: {error}; expected one JSON object a line. Render the worlds again.") from error
    wanted = {"aerial": (SIZE, SIZE), style.view: (SIZE, 4 * SIZE if style.view == "panorama" else SIZE)}
    for world in worlds:
        views = world.get("views", {})
        problems = [f"there is no {view} view" for view in wanted if view not in views]
        for view, size in wanted.items():
            if view in views and (found := (views[view]["height"], views[view]["width"])) != size:
                problems.append(f"the {view} view is {found[0]}x{found[1]}, not {size[0]}x{size[1]}")
        if world.get("space", "cityscapes") != "cityscapes":
            problems.append(f"the label space is {world['space']}, not cityscapes")
        if problems:
            raise InputError(
                f"{file}: panels cannot be made of world {world.get('world')}: {'; '.join(problems)}. Render what they "
                f"need with '{style.render}', and name it with '--root'."
            )
    return bases[0], worlds


def _panel(tree: Tree, base: str, world: Mapping[str, Any], style: str, layout: str) -> Picture:
    """Return the panels of a world side by side, uint8 (256, 256 * panels, 3)."""
    photos, maps = {}, {}
    for view, name in (("aerial", "aerial"), ("ground", STYLES[style].view)):
        paths = spaces.get("cityscapes").paths(name, world["split"], world["category"], world["world"])
        photo = np.asarray(decoding.photo(tree.file(base + paths.photo)))
        labels = np.asarray(decoding.ids(tree.file(base + paths.layout)))
        photos[view], maps[view] = photo[:, :SIZE], labels[:, :SIZE]  # of a panorama the first quarter
    cityscapes = {view: _semantic(labels) for view, labels in maps.items()}
    semantic = cityscapes
    if style == "cvusa" and layout in _ANNOTATION_COLORS:
        annotated = _annotation(maps["ground"], _ANNOTATION_COLORS[layout])
        semantic = {"ground": annotated, "aerial": np.zeros((SIZE, SIZE, 3), np.uint8)}
    order = ("ground", "aerial") if layout == "x-fork" else ("aerial", "ground")
    panels = [*(photos[view] for view in order), *(semantic[view] for view in order)]
    if layout == "lggan":
        panels += [_grouped(maps[view]) for view in order]
    return np.concatenate(panels, axis=1)


def _table(colors: Mapping[str, tuple[int, int, int]], others: Picture) -> Picture:
    """Return colours by label, uint8 (256, 3), of some classes by name; others keep theirs."""
    table = others.copy()
    for label in spaces.get("cityscapes").labels:
        if label.name in colors:
            table[label.id] = colors[label.name]
    return table


def _semantic(labels: Picture) -> Picture:
    return spaces.get("cityscapes").palette[labels]


def _annotation(labels: Picture, colors: Sequence[tuple[int, int, int]]) -> Picture:
    table = {name: colors[number] for name, number in _ANNOTATED.items()}
    return _table(table, np.full((256, 3), colors[1], np.uint8))[labels]


def _grouped(labels: Picture) -> Picture:
    grey = {name: (value, value, value) for value, names in _GROUPS.items() for name in names}
    return _table(grey, spaces.get("cityscapes").palette)[labels]
