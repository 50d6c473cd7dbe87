"""Label maps that the segmenter reads off generated images, beside the true ones and the photos (LGGAN, Fig. 7, 18-20).

What a segmentation score sums up, to be looked at: where a method's label map differs from the true one, and whether
the photo's own differs there too, which is the segmenter's fault.
"""

from __future__ import annotations

from collections.abc import Sequence

from sisbench.errors import InputError
from sisbench.plots import Drawing, Option, register
from sisbench.plots._gallery import gallery, headings, rows
from sisbench.plots._labelled import OPTIONS, LabelledImages

COUNT = Option("count", "How many layouts to show.  [default: 4]", number=True)


@register(
    "semantics",
    files="required",
    options=(
        Option("key", "Layout to show; repeat it for more.  [default: spread evenly]", several=True),
        COUNT,
        *OPTIONS,
    ),
    label_maps=True,
)
def command(seen: LabelledImages, key: tuple[str, ...], count: float | None) -> Drawing:
    """Label maps read off generated images, beside true ones and photos.

    FILES are run folders, or with '--dataset' folders or zip archives of generated images, of this project or of any
    other. Label maps of 'sisbench run --save semantics' are used; others are read off the images now.

    \b
    Examples:
      sisbench plot semantics runs/tinytown/lggan -o semantics.png
      sisbench plot semantics spade/ oasis/ --dataset cityscapes --root DIR --key frankfurt_000000_000294 -o x.pdf
    """  # noqa: D301 - click wants the character \b
    if unknown := [name for name in key if name not in seen.keys]:
        raise InputError(
            f"there is no image of the layouts {', '.join(map(repr, unknown))}; expected keys such as "
            f"{seen.keys[0]!r}. Check '--key'."
        )
    keys = list(key) or spread(seen.keys, whole(count, 4))
    cells, classes = rows(seen, keys, {})
    return Drawing(gallery(cells, headings(seen), seen.card, classes, [seen.caption]))


def spread(keys: Sequence[str], count: int) -> list[str]:
    """Return so many keys, evenly spaced.

    >>> spread(("a", "b", "c", "d", "e"), 2)
    ['a', 'c']
    """
    count = min(count, len(keys))
    return [keys[place * len(keys) // count] for place in range(count)]


def whole(number: float | None, default: int) -> int:
    """Return the number of a '--count'.

    Raises:
        InputError: It is no whole number above 0.
    """
    if number is None:
        return default
    if number < 1 or number != int(number):
        raise InputError(f"'--count' is {number:g}; expected a whole number of 1 or more. Choose another one.")
    return int(number)
