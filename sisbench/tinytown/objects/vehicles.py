"""What drives, or is towed, on four wheels and more; what floats."""

from __future__ import annotations

from sisbench.tinytown.objects.boats import boat
from sisbench.tinytown.objects.buses import bus, tram
from sisbench.tinytown.objects.cars import car
from sisbench.tinytown.objects.excavators import excavator
from sisbench.tinytown.objects.trailers import caravan, trailer
from sisbench.tinytown.objects.trucks import truck

__all__ = ["boat", "bus", "car", "caravan", "excavator", "trailer", "tram", "truck"]
