"""The Cityscapes folder layout, shared by every data set that is stored this way.

    leftImg8bit/{split}/{city}/{stem}_leftImg8bit.{png|webp|jpg}      photo
    gtFine/{split}/{city}/{stem}_gtFine_labelIds.png                  label map, 8 bits
    gtFine/{split}/{city}/{stem}_gtFine_instanceIds.png               instance map, 16 bits
    aerial/{split}/{city}/{stem}_aerial.{png|webp|jpg}                photo from above, where the data set has one
    gtAerial/{split}/{city}/{stem}_gtAerial_labelIds.png              its label map

Files pair by city and stem.
"""

from __future__ import annotations

import dataclasses

from sisbench.datasets import Listing
from sisbench.datasets._layouts import PHOTOS, Layout, Part
from sisbench.datasets._layouts import scan as scan_layouts
from sisbench.files import Tree

NO_LABEL_IDS = {
    "_gtFine_labelTrainIds.png": "train ids in place of label ids",
    "_gtFine_trainIds.png": "train ids in place of label ids",
    "_gtFine_color.png": "colours in place of label ids",
}
"""Other maps that lie beside the label maps of Cityscapes, or are left when those are lost."""

OFFICIAL = Layout(
    "official",
    (
        Part("photo", ("leftImg8bit/{split}",), "_leftImg8bit", PHOTOS),
        Part("label map", ("gtFine/{split}",), "_gtFine_labelIds", others=NO_LABEL_IDS),
        Part("instance map", ("gtFine/{split}",), "_gtFine_instanceIds"),
    ),
    marks=("leftImg8bit",),
)

WITH_AERIAL_VIEWS = dataclasses.replace(
    OFFICIAL,
    parts=(
        *OFFICIAL.parts,
        Part("aerial photo", ("aerial/{split}",), "_aerial", PHOTOS),
        Part("aerial label map", ("gtAerial/{split}",), "_gtAerial_labelIds"),
    ),
)


def scan(tree: Tree, split: str, categories: tuple[str, ...] = (), aerial: bool = False) -> Listing:
    """List one split.

    Args:
        tree: The files.
        split: Folder name of the split.
        categories: If given, the city folder is the scene category and must be one of these.
        aerial: Whether every sample has an aerial photo and its label map.

    Returns:
        Complete samples sorted by key (the stem, such as "frankfurt_000000_000294"), and all problems.
    """
    listing = scan_layouts(tree, split, [WITH_AERIAL_VIEWS if aerial else OFFICIAL])
    if not categories:
        return listing
    items = tuple(dataclasses.replace(item, category=item.layout.name.split("/")[-2]) for item in listing.items)
    folders = {item.category for item in items if item.category is not None}
    problems = [
        f"{tree.root}: folder {folder!r} is no category; known: {', '.join(categories)}"
        for folder in sorted(folders - set(categories))
    ]
    return dataclasses.replace(listing, items=items, problems=(*listing.problems, *problems))
