"""All buildings, from the rooms where each is built."""

from sisbench.tinytown.objects.blocks import block
from sisbench.tinytown.objects.farms import barn, silo
from sisbench.tinytown.objects.halls import chimney, hall
from sisbench.tinytown.objects.houses import house
from sisbench.tinytown.objects.landmarks import church, kiosk, shelter, stall
from sisbench.tinytown.objects.skeletons import skeleton
from sisbench.tinytown.objects.stations import gas_station
from sisbench.tinytown.objects.towers import far_block, tower_block

__all__ = [
    "barn",
    "block",
    "chimney",
    "church",
    "far_block",
    "gas_station",
    "hall",
    "house",
    "kiosk",
    "shelter",
    "silo",
    "skeleton",
    "stall",
    "tower_block",
]
