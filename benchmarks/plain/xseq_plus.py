"""The "++" form of `plain.xseq`: the same layers, more channels in."""

from __future__ import annotations

from benchmarks.plain.xseq import plain as plain
