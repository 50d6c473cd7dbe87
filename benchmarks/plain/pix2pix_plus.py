"""The "++" form of `plain.pix2pix`: the same layers, more channels in."""

from __future__ import annotations

from benchmarks.plain.pix2pix import plain as plain
