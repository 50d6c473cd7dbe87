"""The error of this room that users are meant to read."""

from __future__ import annotations


class GeneratorError(ValueError):
    """Bad input: an unknown method, sizes that a network cannot take, weights that do not fit, a missing file."""
