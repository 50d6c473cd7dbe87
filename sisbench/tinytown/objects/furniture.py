"""Everything that furnishes streets: from the rooms where each is built."""

from sisbench.tinytown.objects.amenities import (
    bench,
    bicycle_rack,
    bin_,
    bollard,
    cabinet,
    hydrant,
    mailbox,
)
from sisbench.tinytown.objects.poles import catenary, flag, street_light, street_pole, traffic_light, wires
from sisbench.tinytown.objects.signs import advertising_column, billboard, city_light, clock, gantry, traffic_sign
from sisbench.tinytown.objects.squares import fountain, parasol, parasol_table, playground, sculpture
from sisbench.tinytown.objects.works import cone, container, crane, crate

__all__ = [
    "advertising_column",
    "bench",
    "bicycle_rack",
    "billboard",
    "bin_",
    "bollard",
    "cabinet",
    "catenary",
    "city_light",
    "clock",
    "cone",
    "container",
    "crane",
    "crate",
    "flag",
    "fountain",
    "gantry",
    "hydrant",
    "mailbox",
    "parasol",
    "parasol_table",
    "playground",
    "sculpture",
    "street_light",
    "street_pole",
    "traffic_light",
    "traffic_sign",
    "wires",
]
