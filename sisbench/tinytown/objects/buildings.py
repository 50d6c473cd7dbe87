"""All buildings: the doors of the rooms `blocks`, `houses`, `halls` and `landmarks`."""

from sisbench.tinytown.objects.blocks import block, far_block, tower_block
from sisbench.tinytown.objects.halls import gas_station, hall, skeleton
from sisbench.tinytown.objects.houses import barn, chimney, house, silo
from sisbench.tinytown.objects.landmarks import church, kiosk, shelter, stall

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
