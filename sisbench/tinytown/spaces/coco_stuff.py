"""COCO-Stuff: the 182 ids of the pixel maps, in the folders of SPADE's preparation, the only form with instance maps.

255 is what has no name there: cranes, cones, containers and the like; signs are "metal", since no map of the data set
holds its label "street sign". As in that preparation, instance maps are label maps with the things painted over, so
that their edges surround things and stuff; numbers of things begin at 256, where they cannot meet a label. Every view
but the ground one is a data set of the same form in a folder of its own.
"""

from __future__ import annotations

from sisbench.card import Label
from sisbench.datasets._coco_stuff_labels import LABELS, NUM_THINGS
from sisbench.tinytown.spaces import Files, Space, register

_UNLABELED = Label(255, "unlabeled", (0, 0, 0))


def _files(top: str) -> Files:
    stem = "{world:012d}"
    return Files(
        f"{top}{{split}}_img/{stem}.jpg", f"{top}{{split}}_label/{stem}.png", f"{top}{{split}}_inst/{stem}.png"
    )


SPACE = register(
    Space(
        name="coco_stuff",
        labels=(*LABELS, _UNLABELED),
        kinds={
            "unlabeled": ("bollard", "mailbox", "sculpture", "cone", "container", "crane", "stroller", "wire"),
            "person": ("person", "rider"),
            "bicycle": ("bicycle",),
            "car": ("car", "van"),
            "motorcycle": ("motorcycle",),
            "bus": ("bus",),
            "train": ("tram",),
            "truck": ("truck", "trailer", "caravan", "excavator"),
            "boat": ("boat",),
            "traffic light": ("traffic light",),
            "fire hydrant": ("hydrant",),
            "bench": ("bench",),
            "bird": ("bird",),
            "dog": ("dog",),
            "umbrella": ("umbrella", "parasol"),
            "handbag": ("bag",),
            "chair": ("chair",),
            "potted plant": ("planter",),
            "clock": ("clock",),
            "banner": ("flag", "billboard"),
            "bridge": ("bridge",),
            "building-other": (
                *("building", "hall", "barn", "tower", "silo", "chimney", "awning", "balcony", "shelter", "kiosk"),
                "stall",
            ),
            "bush": ("bush", "hedge"),
            "dirt": ("soil", "field"),
            "fence": ("fence", "barrier"),
            "flower": ("flower",),
            "furniture-other": ("bin",),
            "grass": ("grass",),
            "gravel": ("gravel",),
            "hill": ("hill",),
            "house": ("house",),
            "light": ("street light",),
            "metal": ("pole", "gantry", "traffic sign"),
            "mountain": ("mountain",),
            "pavement": ("sidewalk", "curb", "plaza", "path"),
            "playingfield": ("playground",),
            "railing": ("railing", "guard rail"),
            "railroad": ("rail track", "track bed"),
            "river": ("river",),
            "road": ("road", "crosswalk", "parking", "driveway"),
            "rock": ("rock",),
            "sand": ("sand",),
            "sea": ("sea",),
            "sky-other": ("sky",),
            "skyscraper": ("skyscraper",),
            "stairs": ("stairs",),
            "structural-other": ("scaffold",),
            "table": ("table",),
            "tent": ("tent",),
            "tree": ("tree", "palm"),
            "wall-concrete": ("wall", "noise wall", "quay"),
            "water-other": ("pond", "fountain"),
            "wood": ("crate",),
        },
        things=frozenset(label.name for label in LABELS if label.id < NUM_THINGS),
        coding="label or 256 + k",
        files={
            "ground": _files(""),
            "aerial": _files("aerial/"),
            "oblique": _files("oblique/"),
            "panorama": _files("panorama/"),
        },
    )
)
