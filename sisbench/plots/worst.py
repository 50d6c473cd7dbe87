"""The generated images that the segmenter recognises least, by the IoU of the single image.

A place to look for what goes wrong: failed images, layouts that hold something rare, or the segmenter's own errors,
which the photo's label map shows. The mean over these IoUs is not the mIoU, which is that of the whole set.
"""

from __future__ import annotations

from pathlib import Path

from sisbench.errors import InputError
from sisbench.plots import Drawing, register
from sisbench.plots._gallery import gallery, headings, rows
from sisbench.plots._segmented import OPTIONS, Method, Segmented
from sisbench.plots.semantics import COUNT, whole


@register("worst", files="required", options=(COUNT, *OPTIONS))
def command(
    files: tuple[Path, ...], count: float | None, protocol: str | None, dataset: str | None, root: str | None
) -> Drawing:
    """Images of the lowest IoU, with the label maps read off them.

    The first of FILES decides which images are shown; those of the others stand beside. FILES are run folders, or with
    '--dataset' folders or zip archives of generated images.

    \b
    Examples:
      sisbench plot worst runs/tinytown/lggan --count 6 -o worst.png
    """  # noqa: D301 - click wants the character \b
    segmented = Segmented(files, protocol, dataset, root)
    found = ((key, iou(segmented, segmented.methods[0], key)) for key in segmented.keys)
    scores = {key: value for key, value in found if value is not None}
    if not scores:
        raise InputError("no pixel of the layouts has a scored class; expected one at least. Check the label maps.")
    keys = sorted(scores, key=lambda key: (scores[key], key))[: whole(count, 4)]
    sources = (None, *segmented.methods)
    notes = {key: [f"IoU {100 * (iou(segmented, one, key) or 0):.1f} %" for one in sources] for key in keys}
    cells, classes = rows(segmented, keys, notes)
    lines = [f"{segmented.caption}; IoU of a single image: mean over the classes in its label map or the true one"]
    return Drawing(gallery(cells, headings(segmented), segmented.card, classes, lines))


def iou(segmented: Segmented, method: Method | None, key: str) -> float | None:
    """Return the mean IoU of a method's image, or of the photo, over classes in its label map or the true one.

    It is 0 to 1, or None where no pixel has a scored class.
    """
    import torch

    from sisbench.metrics.miou import mean_iou

    counts = segmented.confusion(method, key)
    return mean_iou(torch.from_numpy(counts)) if counts.any() else None
