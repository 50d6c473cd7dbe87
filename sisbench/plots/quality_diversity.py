"""Image quality against diversity, as OASIS's Table 2 sets them side by side.

Diversity is between several images of one layout: LPIPS, higher where they differ more, and MS-SSIM, lower. A generator
that ignores its noise can have the best FID of all; one that answers it with noise is the most diverse.
"""

from __future__ import annotations

from pathlib import Path

from sisbench.plots import Drawing, Option, register
from sisbench.plots._tradeoff import OPTIONS, Quantity, Sources, draw


@register(
    "quality-diversity",
    files="optional",
    options=(
        *OPTIONS,
        Option("quality", "Output on the vertical axis ('fd_effnet', 'miou').", default="fid"),
        Option(
            "diversity",
            "Output on the horizontal axis; may be repeated, for a panel each.  [default: lpips_vgg and ms_ssim]",
            several=True,
        ),
    ),
)
def command(
    files: tuple[Path, ...],
    table: str | None,
    dataset: str | None,
    protocol: str | None,
    promoted: bool,
    quality: str,
    diversity: tuple[str, ...],
) -> Drawing:
    """Quality (FID) against diversity (LPIPS, MS-SSIM).

    FILES are run folders, their record.json files, or JSON files of 'sisbench evaluate --output'. Quality and diversity
    of a method may be in two files of one name ('quality/spade.json', 'diversity/spade.json'), both of one data set.
    Without files and table, the figure is that of table oasis-2.

    \b
    Examples:
      sisbench plot quality-diversity -o published.pdf
      sisbench plot quality-diversity quality/*.json diversity/*.json --quality fd_effnet -o figure.pdf
    """  # noqa: D301 - click wants the character \b
    if table is None and not files and not promoted:
        table = "oasis-2"
    names = tuple(dict.fromkeys(diversity)) or ("lpips_vgg", "ms_ssim")
    quantities = [(Quantity(name, "--diversity"), Quantity(quality, "--quality")) for name in names]
    return draw(Sources(files, table, dataset, protocol, promoted), quantities)
