"""What X-Fork's family of methods shares: Torch7 networks from a photo to the other view, and their conventions.

The published images come from Torch7 code, whose networks see BGR, and which tests as it trains: dropout is active, and
batch norms take the statistics of the test batch, ten images. Both are options here. `bgr` swaps channels inside the
network, for weights that were trained so; the images outside are RGB always. `test_mode` "train" tests as that code
does. The default, "eval", is a network's usual evaluation: running statistics, no dropout, so that an image depends on
its condition alone.

Official weights are serialised Torch7 graphs (`.t7`) without names of parameters. None was at hand to be inspected, so
no file is read here, and the layouts are those of the networks that the official code builds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from generators._base import Stages
from generators._crossview import CrossViewGenerator
from generators._errors import GeneratorError
from generators.layers.batch_norm import use_batch_statistics
from generators.layers.dropout import Dropout

TestMode = Literal["eval", "train"]
TEST_BATCH = 10
"""Images of a test batch in the official scripts, which leave out those that fill no batch."""


class Torch7Generator(CrossViewGenerator):
    """A network of the family; subclasses build it, call `_finish` and implement `translate`.

    Args:
        num_labels: Channels of the target view's one-hot layout, which no network of the family sees.
        edges: Always False.
        size: Height and width of both views.
        bgr: Whether the network works on BGR.
        test_mode: How images are made: "eval", or "train" as in the official scripts.

    Raises:
        GeneratorError: An unknown test mode.
    """

    sees_semantics: ClassVar[bool] = False
    """Whether the colour map of the target view stands beside the source photo at the input ("++")."""

    def __init__(
        self, num_labels: int, edges: bool, size: tuple[int, int], bgr: bool = False, test_mode: TestMode = "eval"
    ) -> None:
        super().__init__(num_labels, edges, size)
        if test_mode not in ("eval", "train"):
            raise GeneratorError(f"{test_mode!r} is no test mode of {type(self).__name__}; choose 'eval' or 'train'.")
        self.bgr, self.test_mode = bgr, test_mode

    @property
    def input_channels(self) -> int:
        """Channels of the first convolution: the source photo, in "++" the colour map too."""
        return 6 if self.sees_semantics else 3

    @classmethod
    def images_together(cls, options: Mapping[str, Any]) -> int:
        """Ten in test mode "train": they share their batch statistics."""
        return TEST_BATCH if options.get("test_mode") == "train" else 1

    @property
    def dropped_values(self) -> int:
        """Number of values of an image that dropout decides on."""
        raise NotImplementedError

    def translate(self, x: Tensor, drop: Dropout) -> Stages:
        """Compute "image" and what else there is, as the network has it, from its input (N, input_channels, H, W)."""
        raise NotImplementedError

    def photo(self, x: Tensor, drop: Dropout) -> Tensor:
        """Compute "image" alone; by default by all that `translate` computes."""
        image: Tensor = self.translate(x, drop)["image"]
        return image

    def forward(self, cond: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the image, (N, 3, H, W) in [-1, 1], and compute nothing that only training or a look at it needs."""
        self.check(cond)
        return self._swapped(self.photo(*self._seen(cond, noise)))

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image", and in most methods "semantics", its colour map, both (N, 3, H, W) RGB.

        Args:
            cond: Condition, (N, 6 + num_labels, H, W).
            noise: In test mode "train" what dropout keeps (`sample_noise`); else None.

        Raises:
            GeneratorError: Test mode "train" without noise.
        """
        return {name: self._swapped(x) for name, x in self.translate(*self._seen(cond, noise)).items()}

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        """Draw what dropout keeps of n images, zeros and ones (n, values); None in test mode "eval"."""
        if self.test_mode == "eval":
            return None
        return torch.randint(2, (n, self.dropped_values), generator=rng).float()

    def _finish(self) -> None:
        """Take up the test mode; lay weights out with the channels last, which is a tenth faster on processors."""
        if self.test_mode == "train":
            use_batch_statistics(self)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # which torch documents

    def _seen(self, cond: Tensor, noise: Tensor | None) -> tuple[Tensor, Dropout]:
        """Return the network's input, and how it drops."""
        if noise is None and not self.training and self.test_mode == "train":
            raise GeneratorError("test mode 'train' drops values, so it needs noise; draw it with sample_noise.")
        view = self.parts(cond)
        x = self._swapped(view.source)
        if self.sees_semantics:
            x = torch.cat((x, self._swapped(view.semantics)), dim=1)
        if x.device.type == "cpu":
            x = x.contiguous(memory_format=torch.channels_last)
        return x, Dropout(self.training, noise)

    def _swapped(self, x: Tensor) -> Tensor:
        """Swap red and blue, where the network works on BGR."""
        return x.flip(1) if self.bgr else x
