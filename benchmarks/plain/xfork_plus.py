"""The "++" form of `plain.xfork`: the same layers, more channels in."""

from __future__ import annotations

from benchmarks.plain.xfork import plain as plain
