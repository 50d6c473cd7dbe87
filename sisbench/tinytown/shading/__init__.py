"""How surfaces look: compiled functions of a point on a surface, and the light on it.

Colour is linear RGB until `develop`. Everything is scalar arithmetic in float64, compiled without re-ordering, so that
the same build gives the same picture; across processors, photos may differ by 1 of 255.
"""
