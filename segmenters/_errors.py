"""The errors that a user of the segmenters is meant to read.

A message has four parts: what failed, what was found, what was expected, what to do. Any other exception is a bug.
"""

from __future__ import annotations


class SegmenterError(ValueError):
    """Bad input: an unknown name, a damaged weights file, a state of another network, an image of the wrong kind."""


class WeightsMissing(SegmenterError):
    """Published weights that are not on this machine.

    Args:
        name: Segmenter with its tag, "drn_d_105.cityscapes".
        reason: What is missing, where it was looked for, and what to do; one sentence each.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{name}: {reason}")
