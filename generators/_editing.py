"""Methods that edit: from a photo, a region of it and the layout that it is to have, they paint the region."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from generators._base import Generator

EXTRA = 4
"""Channels that follow layout and edges in the condition: the region, and the photo around it."""


class Edit(NamedTuple):
    """The condition of a method that edits, in parts.

    Attributes:
        semantics: One-hot layout of the edited photo, edges if the network has them: (N, num_labels + edges, H, W).
        hole: The region, (N, 1, H, W), 1 where the network paints and 0 elsewhere.
        photo: The photo in [-1, 1], 0 in the region, (N, 3, H, W).
    """

    semantics: Tensor
    hole: Tensor
    photo: Tensor


class EditingGenerator(Generator):
    """A generator whose condition is (N, num_labels + edges + 4, H, W): layout, edges, region, photo around it.

    `edit_condition` makes it, `parts` takes it apart. "image" of the stages is the photo outside of the region.
    """

    edits: ClassVar[bool] = True

    @property
    def cond_channels(self) -> int:
        """Channels of the condition."""
        return super().cond_channels + EXTRA

    @staticmethod
    def parts(cond: Tensor) -> Edit:
        """Take a condition apart; nothing is copied."""
        return Edit(cond[:, :-EXTRA], cond[:, -EXTRA : 1 - EXTRA], cond[:, 1 - EXTRA :])


def edit_condition(semantics: Tensor, hole: Tensor, photo: Tensor) -> Tensor:
    """Return the condition of a method that edits.

    Args:
        semantics: What other methods see: one-hot layout, then edges, (N, C, H, W) or (C, H, W).
        hole: The region, bool (N, H, W) or (H, W).
        photo: In [-1, 1], (N, 3, H, W) or (3, H, W). Nothing of it is left in the region.

    Returns:
        (N, C + 4, H, W) or (C + 4, H, W).
    """
    plane = hole.unsqueeze(-3).to(semantics)
    return torch.cat((semantics, plane, photo * (1 - plane)), dim=-3)
