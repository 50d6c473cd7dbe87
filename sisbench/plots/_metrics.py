"""How papers write data sets and the outputs of evaluations."""

from __future__ import annotations

from typing import NamedTuple

from sisbench.plots._scatter import Axis


class _Written(NamedTuple):
    title: str
    scale: float = 1.0


_WRITTEN = {
    "accuracy": _Written("Accuracy (%)", 100.0),
    "fid": _Written("FID"),
    "lpips_vgg": _Written("LPIPS (VGG)"),
    "miou": _Written("mIoU (%)", 100.0),
    "ms_ssim": _Written("MS-SSIM"),
    "psnr": _Written("PSNR (dB)"),
    "ssim": _Written("SSIM"),
}
"""Others are written as they are called: fd_effnet is not a FID and has no other name."""


_DATASETS = {
    "ade20k": "ADE20K",
    "ade_outdoors": "ADE20K, outdoors",
    "cityscapes": "Cityscapes",
    "coco_stuff": "COCO-Stuff",
    "cvusa_a2g": "CVUSA, aerial to ground",
    "dayton_a2g": "Dayton, aerial to ground",
}


def dataset_title(name: str) -> str:
    """Return how papers write a data set; its name where they do not know it."""
    return _DATASETS.get(name, name)


def axis_of(output: str, higher_is_better: bool, log: bool = False) -> Axis:
    """Return the axis of an output."""
    return Axis(_WRITTEN.get(output, _Written(output)).title, higher_is_better, log)


def scale_of(output: str) -> float:
    """Return what an output is multiplied by on its axis."""
    return _WRITTEN.get(output, _Written(output)).scale
