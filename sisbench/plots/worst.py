"""The generated images that the segmenter recognises least, by the IoU of the single image.

A place to look for what goes wrong: failed images, layouts that hold something rare, or the segmenter's own errors,
which the photo's label map shows. The mean over these IoUs is not the mIoU, which is that of the whole set.
"""

from __future__ import annotations

from sisbench.errors import InputError
from sisbench.plots import Drawing, register
from sisbench.plots._gallery import gallery, headings, rows
from sisbench.plots._labelled import OPTIONS, LabelledImages
from sisbench.plots.semantics import COUNT, whole


@register("worst", files="required", options=(COUNT, *OPTIONS), label_maps=True)
def command(seen: LabelledImages, count: float | None) -> Drawing:
    """Images of the lowest IoU, with the label maps read off them.

    The first of FILES decides which images are shown; those of the others stand beside. FILES are run folders, or with
    '--dataset' folders or zip archives of generated images.

    \b
    Examples:
      sisbench plot worst runs/tinytown/lggan --count 6 -o worst.png
    """  # noqa: D301 - click wants the character \b
    found = ((key, seen.iou(seen.methods[0], key)) for key in seen.keys)
    scores = {key: value for key, value in found if value is not None}
    if not scores:
        raise InputError("no pixel of the layouts has a scored class; expected one at least. Check the label maps.")
    keys = sorted(scores, key=lambda key: (scores[key], key))[: whole(count, 4)]
    sources = (None, *seen.methods)
    notes = {key: [f"IoU {100 * (seen.iou(one, key) or 0):.1f} %" for one in sources] for key in keys}
    cells, classes = rows(seen, keys, notes)
    lines = [f"{seen.caption}; IoU of a single image: mean over the classes in its label map or the true one"]
    return Drawing(gallery(cells, headings(seen), seen.card, classes, lines))
