"""ADE20K: the 150 classes of the scene parsing benchmark, in the folders of `ADEChallengeData2016`.

0 is everything outside the classes: rails, trams, cranes and other things that the benchmark does not name. Instance
maps, which the benchmark lacks, lie beside. Every view but the ground one is a data set of the same form in a folder of
its own.
"""

from __future__ import annotations

from sisbench.datasets._ade20k_labels import LABELS
from sisbench.tinytown.spaces import Files, Space, register

_STEM = "{folder}/ADE_{split}_{world:08d}"


def _files(top: str) -> Files:
    return Files(f"{top}images/{_STEM}.jpg", f"{top}annotations/{_STEM}.png", f"{top}instances/{_STEM}.png")


SPACE = register(
    Space(
        name="ade20k",
        labels=LABELS,
        kinds={
            "other": (
                *("rail track", "tram", "barrier", "scaffold", "wire", "hydrant", "mailbox", "cone", "crane"),
                *("playground", "umbrella", "stroller"),
            ),
            "wall": ("wall", "noise wall"),
            "building": ("building", "hall", "barn", "chimney", "balcony"),
            "sky": ("sky",),
            "tree": ("tree",),
            "road": ("road", "crosswalk", "parking", "driveway"),
            "grass": ("grass",),
            "sidewalk": ("sidewalk", "curb", "plaza"),
            "person": ("person", "rider"),
            "earth": ("soil", "gravel", "track bed"),
            "table": ("table",),
            "mountain": ("mountain",),
            "plant": ("bush", "hedge"),
            "chair": ("chair",),
            "car": ("car",),
            "water": ("pond",),
            "house": ("house",),
            "sea": ("sea",),
            "field": ("field",),
            "fence": ("fence",),
            "rock": ("rock",),
            "railing": ("railing", "guard rail"),
            "box": ("crate", "container"),
            "signboard": ("traffic sign", "billboard"),
            "sand": ("sand",),
            "skyscraper": ("skyscraper",),
            "path": ("path",),
            "stairs": ("stairs",),
            "river": ("river",),
            "bridge": ("bridge",),
            "flower": ("flower",),
            "hill": ("hill",),
            "bench": ("bench",),
            "palm": ("palm",),
            "boat": ("boat",),
            "bus": ("bus",),
            "truck": ("truck", "trailer", "excavator"),
            "tower": ("tower",),
            "awning": ("awning",),
            "streetlight": ("street light",),
            "booth": ("kiosk", "stall"),
            "pole": ("pole", "gantry", "bollard"),
            "van": ("van", "caravan"),
            "fountain": ("fountain",),
            "canopy": ("shelter", "parasol"),
            "tent": ("tent",),
            "bag": ("bag",),
            "minibike": ("motorcycle",),
            "tank": ("silo",),
            "pot": ("planter",),
            "animal": ("dog", "bird"),
            "bicycle": ("bicycle",),
            "sculpture": ("sculpture",),
            "traffic light": ("traffic light",),
            "ashcan": ("bin",),
            "pier": ("quay",),
            "clock": ("clock",),
            "flag": ("flag",),
        },
        things=frozenset(
            (
                *("person", "animal", "car", "van", "truck", "bus", "minibike", "bicycle", "boat", "bag", "box"),
                *("table", "chair", "bench", "signboard", "streetlight", "traffic light", "booth", "fountain", "pot"),
                *("sculpture", "ashcan", "clock", "flag"),
            )
        ),
        coding="1 + k",
        files={
            "ground": _files(""),
            "aerial": _files("aerial/"),
            "oblique": _files("oblique/"),
            "panorama": _files("panorama/"),
        },
        folders={"train": "training", "val": "validation"},
    )
)
