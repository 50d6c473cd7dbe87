"""Image quality against faithfulness to the layout: a Fréchet distance and mIoU, method by method.

A method can buy either with the other, which neither column of a table shows. Every data set has a panel of its own.
"""

from __future__ import annotations

from pathlib import Path

from sisbench.plots import Drawing, Option, register
from sisbench.plots._tradeoff import OPTIONS, Quantity, Sources, draw


@register(
    "fid-miou",
    files="optional",
    options=(
        *OPTIONS,
        Option("distance", "Fréchet distance, an output of the evaluations ('fd_effnet').", default="fid"),
        Option("score", "Score of the layout, an output of the evaluations ('accuracy').", default="miou"),
    ),
)
def command(
    files: tuple[Path, ...],
    table: str | None,
    dataset: str | None,
    protocol: str | None,
    promoted: bool,
    distance: str,
    score: str,
) -> Drawing:
    """FID (or another Fréchet distance) against mIoU.

    FILES are run folders, their record.json files, or JSON files of 'sisbench evaluate --output', all of one data set
    and protocol. With a table they stand beside its published numbers if they are of the protocol that its columns
    are under. Without either, the figure is that of table oasis-1.

    \b
    Examples:
      sisbench plot fid-miou -o published.pdf
      sisbench plot fid-miou --table lggan-3-left --dataset cityscapes runs/cityscapes/spade -o figure.pdf
      sisbench plot fid-miou runs/tinytown/* --distance fd_effnet -o figure.pdf
    """  # noqa: D301 - click wants the character \b
    if table is None and not files and not promoted:
        table = "oasis-1"
    sources = Sources(files, table, dataset, protocol, promoted)
    return draw(sources, [(Quantity(score, "--score"), Quantity(distance, "--distance"))])
