"""Where the pictures of a run's stages lie (`pictures`); those who read them need no torch."""

from __future__ import annotations

import re

STAGES, LABEL_MAP = "stages", "label_map"


def class_stage(stage: str, label: str) -> str:
    """Return the name of the pictures of one class, of a stage that has some for each.

    >>> class_stage("class", "traffic sign")
    'class-traffic_sign'
    """
    plain = re.sub(r"\W+", "_", label)
    return f"{stage}-{plain}"
