"""The protocol of the Dayton and CVUSA tables with the random crop of SelectionGAN's and LGGAN's published commands."""

from __future__ import annotations

import dataclasses

from sisbench.card import Scoring
from sisbench.protocols import crossview_2018, register

PROTOCOL = register(
    dataclasses.replace(
        crossview_2018.PROTOCOL,
        name="crossview-2018-crop",
        source="as crossview-2018, with the test commands that SelectionGAN (Ha0Tang/SelectionGAN, d59c2d8) and LGGAN "
        "(Ha0Tang/LGGAN, e67dfb8) publish: '--loadSize 286 --fineSize 256'",
        scorings=tuple(
            Scoring(dataset=dataset, size=(256, 256), segmentation=None, classifier="alexnet-places365/places365")
            for dataset in ("dayton_a2g", "dayton_g2a", "cvusa_a2g", "cvusa_g2a")
        ),
        load_size=(286, 286),
        real_quantisation="truncate",
        note="Test photos and maps are enlarged to 286x286 and one window of 256x256 is cut from all of them, at an "
        "offset of 0 to 29 down and across; the real photo that an image is compared with has the same window and is "
        "cut to 8 bits as the image is. The published code draws offsets anew at every run, without a seed; here they "
        "follow from the sample's name, so that every method is scored on the same windows. "
        + crossview_2018.PROTOCOL.note,
    )
)
