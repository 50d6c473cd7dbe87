"""Cityscapes: labelIds, in the folders of the official archives, with the scene category in the place of the city.

Ids 0 to 33; scores count nineteen, all are conditions of a generator. The other views have folders of their own, beside
those of the ground. Kinds are labelled as the data set defines its classes: kerbs are sidewalk, water is "ground",
stalls and boats are "static", what people carry is theirs. Caravans and trailers have instances, though no score counts
them.
"""

from __future__ import annotations

from sisbench.datasets._cityscapes_labels import LABELS
from sisbench.tinytown.spaces import Files, Space, register

_STEM = "{split}/{category}/{category}_{world:06d}_000000"


def _files(photos: str, maps: str) -> Files:
    return Files(
        f"{photos}/{_STEM}_{photos}.webp",
        f"{maps}/{_STEM}_{maps}_labelIds.png",
        f"{maps}/{_STEM}_{maps}_instanceIds.png",
    )


SPACE = register(
    Space(
        name="cityscapes",
        labels=LABELS,
        kinds={
            "road": ("road", "crosswalk"),
            "sidewalk": ("sidewalk", "curb", "plaza", "path", "stairs"),
            "parking": ("parking", "driveway"),
            "rail track": ("rail track",),
            "terrain": ("track bed", "grass", "field", "soil", "gravel", "sand", "rock", "mountain"),
            "ground": ("river", "sea", "pond", "fountain"),
            "bridge": ("bridge",),
            "building": (
                *("building", "house", "skyscraper", "hall", "barn", "tower", "silo", "chimney", "awning", "balcony"),
                *("shelter", "kiosk", "scaffold"),
            ),
            "wall": ("wall", "noise wall", "quay"),
            "fence": ("fence", "railing", "barrier"),
            "guard rail": ("guard rail",),
            "pole": ("pole", "street light", "gantry", "bollard"),
            "traffic light": ("traffic light",),
            "traffic sign": ("traffic sign",),
            "vegetation": ("hedge", "tree", "palm", "bush", "flower", "hill"),
            "sky": ("sky",),
            "person": ("person", "bag", "umbrella"),
            "rider": ("rider",),
            "car": ("car", "van"),
            "truck": ("truck", "excavator"),
            "bus": ("bus",),
            "caravan": ("caravan",),
            "trailer": ("trailer",),
            "train": ("tram",),
            "motorcycle": ("motorcycle",),
            "bicycle": ("bicycle",),
            "dynamic": ("dog", "bird", "stroller"),
            "static": (
                *("stall", "tent", "parasol", "billboard", "wire", "bench", "table", "chair", "bin", "hydrant"),
                *("mailbox", "planter", "sculpture", "clock", "flag", "cone", "crate", "container", "crane"),
                *("playground", "boat"),
            ),
        },
        things=frozenset(
            ("person", "rider", "car", "truck", "bus", "caravan", "trailer", "train", "motorcycle", "bicycle")
        ),
        coding="label * 1000 + k",
        files={
            "ground": _files("leftImg8bit", "gtFine"),
            "aerial": _files("aerial", "gtAerial"),
            "oblique": _files("oblique", "gtOblique"),
            "panorama": _files("panorama", "gtPanorama"),
        },
    )
)
