"""Random choices by name: every choice of a world is an integer hash of what it is for.

There is no stream that parts of a world share, so a new object, or one draw more in an old one, changes nothing else.
A key is a path ("world 17", "downtown", "car", 3); a draw adds its own name ("colour"). Arithmetic is on 64-bit
integers (the finaliser of SplitMix64; Steele, Lea, Flood, OOPSLA 2014), the same on every machine and in every version
of every library.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15  # the odd number nearest to 2**64 / golden ratio


def _scramble(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


@functools.lru_cache(maxsize=65536)
def _word(part: str) -> int:
    """FNV-1a of a name."""
    state = 0xCBF29CE484222325
    for byte in part.encode():
        state = ((state ^ byte) * 0x100000001B3) & _MASK
    return state


class Key:
    """The place of a choice among all choices of a data set.

    Args:
        *parts: Path of names and numbers. `Key("a", 1)` and `Key("a").child(1)` are the same key.
    """

    __slots__ = ("state",)

    def __init__(self, *parts: str | int) -> None:
        self.state = _absorb(0, parts)

    def child(self, *parts: str | int) -> Key:
        """Return the key of a part of what this key is for."""
        key = Key.__new__(Key)
        key.state = _absorb(self.state, parts)
        return key

    def children(self, name: str, count: int) -> Iterator[Key]:
        """Return the keys of `count` parts of one name."""
        return (self.child(name, index) for index in range(count))

    def unit(self, name: str) -> float:
        """Draw from [0, 1), a multiple of 2**-53."""
        return (_scramble((self.state ^ _word(name)) + _STEP & _MASK) >> 11) * 2.0**-53

    def uniform(self, name: str, low: float, high: float) -> float:
        """Draw from [low, high)."""
        return low + (high - low) * self.unit(name)

    def chance(self, name: str, probability: float) -> bool:
        """Draw true with a probability."""
        return self.unit(name) < probability

    def integer(self, name: str, count: int) -> int:
        """Draw from 0 .. count - 1."""
        return int(self.unit(name) * count)

    def sign(self, name: str) -> int:
        """Draw -1 or 1."""
        return -1 if self.unit(name) < 0.5 else 1

    def pick(self, name: str, options: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """Draw one of the options, all alike or by their weights."""
        if weights is None:
            return options[int(self.unit(name) * len(options))]
        at = self.unit(name) * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            at -= weight
            if at < 0:
                return option
        return options[-1]  # rounding left a rest

    def normal(self, name: str) -> float:
        """Draw from nearly a standard normal: the sum of four uniform draws, scaled; never beyond 3.47.

        Additions alone, since logarithms and cosines differ between processors in their last bit.
        """
        word = _scramble((self.state ^ _word(name)) + _STEP & _MASK)
        total = sum((word >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
        return float((total * 2.0**-16 - 2.0) * 3.0**0.5)

    def units(self, name: str, *shape: int) -> NDArray[np.float64]:
        """Draw an array from [0, 1); its first numbers do not depend on how many are drawn."""
        words = _counter_words((self.state ^ _word(name)) & _MASK, int(np.prod(shape, dtype=np.int64)))
        return ((words >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)

    def normals(self, name: str, *shape: int) -> NDArray[np.float64]:
        """Draw an array from nearly a standard normal, as `normal` does."""
        words = _counter_words((self.state ^ _word(name)) & _MASK, int(np.prod(shape, dtype=np.int64)))
        total = sum((words >> np.uint64(shift)) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48))
        values: NDArray[np.float64] = (np.asarray(total, np.float64) * 2.0**-16 - 2.0) * 3.0**0.5
        return values.reshape(shape)

    @property
    def seed(self) -> int:
        """32 bits for the noise of a surface."""
        return _scramble(self.state) >> 32


def _absorb(state: int, parts: tuple[str | int, ...]) -> int:
    for part in parts:
        word = _word(part) if isinstance(part, str) else _scramble((part + _STEP) & _MASK)
        state = _scramble((state * 3 + word + _STEP) & _MASK)
    return state


def _counter_words(state: int, count: int) -> NDArray[np.uint64]:
    """SplitMix64 from one state: word i is the scrambled `state + (i + 1) * step`."""
    with np.errstate(over="ignore"):  # wrapping around is the point
        x = np.uint64(state) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_STEP)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
