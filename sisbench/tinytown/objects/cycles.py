"""Bicycles and motorcycles, parked or ridden; a rider is an object of their own."""

from __future__ import annotations

from sisbench.tinytown.objects.bicycles import bicycle
from sisbench.tinytown.objects.motorcycles import motorcycle

__all__ = ["bicycle", "motorcycle"]
