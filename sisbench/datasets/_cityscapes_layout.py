"""The one reader of the Cityscapes folder layout, shared by every data set that is stored this way.

    leftImg8bit/{split}/{city}/{stem}_leftImg8bit.{png|webp|jpg}      photo
    gtFine/{split}/{city}/{stem}_gtFine_labelIds.png                  label map, 8 bits
    gtFine/{split}/{city}/{stem}_gtFine_instanceIds.png               instance map, 16 bits
    aerial/{split}/{city}/{stem}_aerial.{png|webp|jpg}                photo from above, where the data set has one
    gtAerial/{split}/{city}/{stem}_gtAerial_labelIds.png              its label map

Files pair by city and stem. The folders may lie in the root, or in its only sub-folder that holds `leftImg8bit` (an
archive with one top folder). Files of other names (`_color.png`, `_polygons.json`) are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sisbench.datasets import Item, Listing
from sisbench.files import File, Tree

_PHOTO_SUFFIXES = (".png", ".webp", ".jpg")


@dataclass(frozen=True)
class _Part:
    """One kind of file: top folder, what follows the stem, allowed suffixes."""

    what: str
    folder: str
    ending: str
    suffixes: tuple[str, ...] = (".png",)

    def path(self, base: str, split: str, sample: str) -> str:
        """Return where the file of a sample ("city/stem") belongs, with the first allowed suffix."""
        return f"{base}{self.folder}/{split}/{sample}{self.ending}{self.suffixes[0]}"


_PHOTO = _Part("photo", "leftImg8bit", "_leftImg8bit", _PHOTO_SUFFIXES)
_LAYOUT = _Part("label map", "gtFine", "_gtFine_labelIds")
_INSTANCE = _Part("instance map", "gtFine", "_gtFine_instanceIds")
_AERIAL = _Part("aerial photo", "aerial", "_aerial", _PHOTO_SUFFIXES)
_AERIAL_LAYOUT = _Part("aerial label map", "gtAerial", "_gtAerial_labelIds")


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
    parts = (_PHOTO, _LAYOUT, _INSTANCE, *((_AERIAL, _AERIAL_LAYOUT) if aerial else ()))
    base, problems = _base(tree)
    if problems:  # the wrong folder: what is missing in it would only be noise
        return Listing((), tuple(problems))
    found: dict[_Part, dict[str, str]] = {}
    for part in parts:
        found[part], trouble = _find(tree, base, split, part)
        problems += trouble
    present = [part for part in parts if found[part]]  # a kind that is missing altogether was one problem, not one each
    items: dict[str, Item] = {}
    for sample in sorted(set().union(*found.values())):
        missing = [part for part in present if sample not in found[part]]
        if missing:
            witness = tree.file(next(found[part][sample] for part in present if sample in found[part]))
            problems += [f"{witness}: no {p.what}; expected {tree.root / p.path(base, split, sample)}" for p in missing]
        elif len(present) == len(parts):
            files = {part: tree.file(found[part][sample]) for part in parts}
            item = _item(sample, files, bool(categories))
            if item.key in items:
                problems.append(f"{item.layout}: {item.key} is also in another folder ({items[item.key].layout})")
            items[item.key] = item
    if categories:
        folders = {sample.rpartition("/")[0] for names in found.values() for sample in names}
        problems += [
            f"{tree.root / base}: folder {folder!r} is no category; known: {', '.join(categories)}"
            for folder in sorted(folders - set(categories))
        ]
    return Listing(tuple(items[key] for key in sorted(items)), tuple(dict.fromkeys(problems)))


def _base(tree: Tree) -> tuple[str, list[str]]:
    """Return the prefix under which the folders lie ("" or "top/"), and what speaks against it."""
    top = tree.folders()
    if _PHOTO.folder in top:
        return "", []
    inside = [folder for folder in top if _PHOTO.folder in tree.folders(folder)]
    if len(inside) == 1:
        return f"{inside[0]}/", []
    held = ", ".join(top[:8]) + (", ..." if len(top) > 8 else "") if top else "no folders"
    hint = f"it is in several sub-folders ({', '.join(inside)}): name one of them" if inside else f"found {held}"
    return "", [f"{tree.root}: holds no folder {_PHOTO.folder!r}; {hint}"]


def _find(tree: Tree, base: str, split: str, part: _Part) -> tuple[dict[str, str], list[str]]:
    """Return the files of one kind by sample ("city/stem"), and the problems."""
    prefix = f"{base}{part.folder}/{split}/"
    endings = tuple(part.ending + suffix for suffix in part.suffixes)
    found: dict[str, str] = {}
    problems = []
    for name in tree.names(prefix, endings):
        sample = name[len(prefix) :].rpartition(part.ending)[0]
        if sample in found:
            problems.append(f"{tree.file(name)}: a second {part.what} of one sample, beside {found[sample]}")
        else:
            found[sample] = name
    if not found:
        others = tree.names(prefix)
        state = (
            f"{len(others)} files have other names, such as {others[0]}" if others else "the folder is missing or empty"
        )
        problems.append(f"{tree.root / prefix}: no file named *{' or *'.join(endings)}; {state}")
    return found, problems


def _item(sample: str, files: dict[_Part, File], category: bool) -> Item:
    folder, _, stem = sample.rpartition("/")
    return Item(
        key=stem,
        image=files[_PHOTO],
        layout=files[_LAYOUT],
        instance=files[_INSTANCE],
        category=folder if category else None,
        aerial=files.get(_AERIAL),
        aerial_layout=files.get(_AERIAL_LAYOUT),
    )
