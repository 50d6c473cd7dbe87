from __future__ import annotations

import pytest

from sisbench.errors import InputError
from sisbench.plots._published import axis, pairs, source
from sisbench.plots._scatter import Axis


def spots(table: str, x: str, y: str, dataset: str | None = None) -> dict[str, tuple[float, float]]:
    (one,) = pairs(table, x, y, dataset)
    return {point.label: (point.x.value, point.y.value) for point in one.points}


def test_the_diversity_table() -> None:
    assert spots("oasis-2", "lpips_vgg", "fid") == {
        "SPADE+ (Encoder, VGG)": (0.16, 33.4),
        "SPADE+ (3D noise, no VGG)": (0.50, 58.4),
        "SPADE+ (3D noise, VGG)": (0.36, 34.4),
        "OASIS (3D noise, no VGG)": (0.35, 28.3),
        "OASIS (3D noise, VGG)": (0.15, 31.6),
    }
    assert spots("oasis-2", "ms_ssim", "miou")["OASIS (3D noise, VGG)"] == (0.88, 50.8)


def test_a_pair_for_each_data_set() -> None:
    found = pairs("oasis-1", "miou", "fid")
    assert [one.title for one in found] == ["ADE20K", "ADE20K, outdoors", "Cityscapes", "COCO-Stuff"]
    assert [len(one.points) for one in found] == [6, 5, 6, 6]
    assert found[1].reasons == {"CC-FPSE": "oasis-1 prints no mIoU and no FID on ADE20K, outdoors."}
    assert all(point.published and point.x.stderr is None for one in found for point in one.points)
    assert [axis(found[0].x), axis(found[0].y)] == [Axis("mIoU (%)", True), Axis("FID", False)]


def test_one_data_set() -> None:
    assert spots("lggan-3-left", "miou", "fid", "cityscapes")["LGGAN"] == (68.4, 57.7)


def test_what_other_places_print() -> None:
    (one,) = pairs("oasis-1", "miou", "fid", "coco_stuff")
    assert one.disputes == (
        "OASIS, mIoU on COCO-Stuff (45.5 here, 44.1 in slides-oasis-1)",
        "OASIS, FID on COCO-Stuff (16.7 here, 17.0 in slides-oasis-1)",
    )


def test_a_place_that_prints_the_same_is_no_dispute() -> None:
    (one,) = pairs("oasis-1", "miou", "fid", "cityscapes")
    assert one.disputes == ("OASIS, mIoU on Cityscapes (69.3 here, 69.7 in other-sources)",)


def test_what_is_said_of_some_rows_only_has_their_names() -> None:
    line = source(pairs("oasis-1", "miou", "fid"))
    assert line.startswith(
        "published: OASIS (short paper), Table 1; experimental setting of SPADE (Park et al. 2019); "
    )
    assert line.endswith("hence measured there (Pix2pixHD, CC-FPSE, SPADE)")
    diversity = source(pairs("oasis-2", "lpips", "fid"))
    assert diversity.startswith("published: OASIS (short paper), Table 2; between images of one label map")
    assert "OASIS (3D" not in diversity


def test_what_is_not_printed() -> None:
    with pytest.raises(InputError, match=r"'lggan-1' does not have both miou and fid; it has top1 of dayton_a2g"):
        pairs("lggan-1", "miou", "fid")
    with pytest.raises(InputError, match=r"both miou and fid of tinytown; it has .*'--dataset'"):
        pairs("oasis-1", "miou", "fid", "tinytown")
    with pytest.raises(InputError, match="'oasis-9' is not a table; closest"):
        pairs("oasis-9", "miou", "fid")
