"""The page of a study: one self-contained HTML file that works from disk, without any network.

It holds pictures and trials under opaque numbers alone; methods, keys of layouts and vigilance pairs are in the key.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sisbench.study.design import Shown
from sisbench.study.key import Key

Picture: TypeAlias = tuple[str, Shown | None]
"""Key of a layout, and which of its images; None is the label map itself."""

_MARKER = re.compile(r"\{\{(\w+)\}\}")


def render(key: Key, numbers: Mapping[Picture, int], images: Sequence[bytes]) -> bytes:
    """Return the page.

    Args:
        key: The study.
        numbers: Place of every picture in `images`.
        images: Pictures as WebP.
    """
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_sha256(style)}'; script-src '{_sha256(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    trials = [
        [
            [t.id, numbers.get((t.layout, None)), numbers[t.layout, t.first], numbers[t.layout, t.second]]
            for t in key.trials
            if t.rater == rater
        ]
        for rater in range(1, key.raters + 1)
    ]
    study = {"study": key.study, "question": key.question, "seconds": key.seconds, "raters": trials}
    parts = {
        "policy": policy,
        "style": style,
        "script": script,
        "study": json.dumps(study, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        "images": "\n".join(
            f'<script type="image/webp" id="image-{number}">{base64.b64encode(image).decode()}</script>'
            for number, image in enumerate(images)
        ),
    }
    return _MARKER.sub(lambda marker: parts[marker[1]], _asset("page.html")).encode()


def _asset(name: str) -> str:
    return importlib.resources.files("sisbench.study").joinpath(name).read_text(encoding="utf-8")


def _sha256(text: str) -> str:
    """Name of an inline script or style in a content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
