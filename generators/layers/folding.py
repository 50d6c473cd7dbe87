"""Values that follow from a network's weights, computed once for every state of them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class Folded:
    """A tensor that is a function of other tensors, kept until one of them changes.

    A change is anything that torch counts as one: an optimiser's step, loading a state, an in-place operation, another
    tensor in the old one's place. Writing through `.data` is none, as everywhere in torch; `forget` tells of it.
    Copies and pickles of a network start without the value.
    """

    def __init__(self) -> None:
        self._state: tuple[object, ...] = ()
        self._sources: tuple[Tensor, ...] = ()
        self._value: Tensor | None = None

    def of(self, sources: tuple[Tensor, ...], compute: Callable[[], Tensor], form: object = None) -> Tensor:
        """Return the value for these tensors, computed without gradient if they are not as they were.

        Args:
            sources: What the value is computed from.
            compute: Computes it.
            form: What else the value depends on.
        """
        if any(source.is_inference() for source in sources):  # torch does not count their changes
            return compute()
        state = (form, *((source.data_ptr(), source._version) for source in sources))
        if self._value is None or state != self._state:
            with torch.no_grad():
                self._value = compute()
            # held, so that no other tensor can come to lie where they are
            self._state, self._sources = state, tuple(source.detach() for source in sources)
        return self._value

    def forget(self) -> None:
        """Drop the value."""
        self._state, self._sources, self._value = (), (), None

    def __deepcopy__(self, memo: object) -> Folded:
        return Folded()

    def __reduce__(self) -> tuple[type[Folded], tuple[()]]:
        return Folded, ()
