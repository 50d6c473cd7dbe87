"""Photos, the layouts that a discriminator reads off them, and images made of these (OASIS, Fig. 4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sisbench import datasets
from sisbench.errors import InputError
from sisbench.plots import Drawing, register
from sisbench.plots._files import coloured, label_ids, photo
from sisbench.plots._gallery import Picture, gallery

MANIFEST = "recreations.json"


@register("recreations", files="required")
def command(files: Sequence[Path]) -> Drawing:
    """Photos made anew by a run's two networks, as 'sisbench recreate' writes them.

    FILES is one folder. Columns: label map (where the photo has one), photo, what the discriminator reads off it, and
    images that the generator makes of that.

    \b
    Example:
      sisbench plot recreations runs/oasis/recreations -o recreations.png
    """  # noqa: D301 - click wants the character \b
    if len(files) != 1:
        raise InputError(f"{len(files)} folders were given; expected one, which 'sisbench recreate' wrote. Name one.")
    folder = files[0]
    facts = _facts(folder)
    card = datasets.get(facts["dataset"]).card
    maps = [("true label map", "truth.png")] if facts["truth"] else []
    classes: set[int] = set()
    rows = []
    for key in facts["keys"]:
        truth = [Picture(coloured(label_ids(folder / key / name), card, classes)) for _, name in maps]
        read = Picture(coloured(label_ids(folder / key / "predicted.png"), card, classes))
        made = [Picture(photo(folder / key / f"{number:02d}.png")) for number in range(facts["versions"])]
        rows.append([*truth, Picture(photo(folder / key / "photo.png"), key), read, *made])
    images = [f"recreation {number + 1}" for number in range(facts["versions"])]
    titles = [*(title for title, _ in maps), "photo", "read by D", *images]
    caption = (
        f"{facts['method']}, {card.title}: layouts read off the photos by the discriminator, painted by the generator"
    )
    return Drawing(gallery(rows, titles, card, classes, [caption]))


def _facts(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        facts = json.loads(path.read_text())
        if any(Path(str(key)).name != key for key in facts["keys"]):
            raise ValueError("a key is no plain name")
        return {
            "dataset": str(facts["dataset"]),
            "method": str(facts["method"]),
            "keys": [str(key) for key in facts["keys"]],
            "versions": int(facts["versions"]),
            "truth": bool(facts["truth"]),
        }
    except FileNotFoundError as error:
        raise InputError(
            f"{folder} holds no {MANIFEST}; expected a folder that 'sisbench recreate' wrote. Name that one."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}). Run 'sisbench recreate' again.") from error
