"""Names of tables as names of files, labels and anchors."""

from __future__ import annotations

import re


def slug(name: str) -> str:
    """Return a name in letters, digits, dots and hyphens, which no path, URL or label reads as anything else.

    >>> slug("tinytown tinytown-v1"), slug("../../etc"), slug("中")
    ('tinytown-tinytown-v1', 'etc', 'table')
    """
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip(".-") or "table"
