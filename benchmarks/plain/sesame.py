"""SESAME's generator of whole layouts as plain PyTorch: SPADE's."""

from __future__ import annotations

from benchmarks.plain.spade import plain as plain
