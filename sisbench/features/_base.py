"""What every feature network is: a frozen module with named outputs, and heads that others attach."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sisbench.errors import InputError, unknown_name

POOLED = "pooled"
"""The head that every network has: its feature vector."""


class Trunk(nn.Module):
    """A network of this folder, before it is frozen; a subclass implements `forward`.

    Attributes:
        heads: Name of each output to its length; "pooled" is among them.
    """

    heads: Mapping[str, int]

    def forward(self, image: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        """Return at least the heads asked for, float (N, length), for uint8 images (N, 3, H, W)."""
        raise NotImplementedError


class FeatureNet:
    """A feature network, ready to run.

    Attributes:
        name: Name in `sisbench.features`.
        digest: SHA-256 over the digests of the weights and the convention that images are prepared with.
        device: Where it runs.

    Args:
        name: See the attribute.
        digest: See the attribute.
        trunk: The network; it is moved to the device and frozen.
        device: See the attribute.
    """

    def __init__(self, name: str, digest: str, trunk: Trunk, device: torch.device | str) -> None:
        self.name, self.digest, self.device = name, digest, torch.device(device)
        self._trunk = trunk.to(self.device).eval().requires_grad_(False)
        self._attached: dict[str, _Attached] = {}

    @property
    def heads(self) -> Mapping[str, int]:
        """Name of each output to its length: those of the network, then those attached."""
        return {**self._trunk.heads, **{name: head.length for name, head in self._attached.items()}}

    @property
    def dim(self) -> int:
        """Length of the feature vector."""
        return self._trunk.heads[POOLED]

    def head_digest(self, head: str) -> str:
        """Return what the numbers of a head depend on, as one SHA-256; that of "pooled" is `digest`.

        Raises:
            InputError: The network has no such head.
        """
        self._check_heads([head])
        if head == POOLED:
            return self.digest
        own = self._attached[head].digest if head in self._attached else ""
        return combined_digest(self.digest, head, own)

    def add_head(self, name: str, length: int, function: Callable[[Tensor], Tensor], digest: str) -> None:
        """Attach an output that is computed from the feature vector.

        Args:
            name: A name that is not taken.
            length: Length of the output.
            function: From pooled features float64 (N, dim) on the CPU to (N, length).
            digest: What the function depends on (SHA-256 of its weights, say).

        Raises:
            ValueError: The name is taken.
        """
        if name in self.heads:
            raise ValueError(f"the {self.name} network has a head {name!r} already")
        self._attached[name] = _Attached(length, function, digest)

    def __call__(self, image: Tensor) -> Tensor:
        """Extract feature vectors.

        Args:
            image: uint8 (N, 3, H, W), RGB, on any device; any N, H and W of at least 1.

        Returns:
            float64 (N, dim), on the CPU.

        Raises:
            InputError: Anything but a batch of RGB bytes.
            RuntimeError: The network was put into training mode: features would depend on the batch.
        """
        return self.extract(image, [POOLED])[POOLED]

    @torch.no_grad()
    def extract(self, image: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        """Extract several outputs from one forward.

        Args:
            image: uint8 (N, 3, H, W), RGB, on any device; any N, H and W of at least 1.
            heads: Names among `heads`; what nobody asks for is not computed where the network can skip it.

        Returns:
            float64 (N, length), on the CPU, for every head asked for, in that order.

        Raises:
            InputError: Anything but a batch of RGB bytes, or no such head.
            RuntimeError: The network was put into training mode: features would depend on the batch.
        """
        self._check_heads(heads)
        check_rgb(f"the {self.name} network", image)
        if any(module.training for module in self._trunk.modules()):
            raise RuntimeError(f"the {self.name} network is in training mode")
        wanted = dict.fromkeys(POOLED if head in self._attached else head for head in heads)
        if not wanted:
            return {}
        computed = self._trunk(image.to(self.device), list(wanted))
        found = {head: computed[head].cpu().double() for head in wanted}
        for head in heads:
            if head in self._attached:
                found[head] = self._attached[head].function(found[POOLED]).cpu().double()
        return {head: found[head] for head in heads}

    def _check_heads(self, heads: Sequence[str]) -> None:
        for head in heads:
            if head not in self.heads:
                raise unknown_name(f"a head of the {self.name} network", head, self.heads, "sisbench doctor")


@dataclass(frozen=True)
class _Attached:
    """A head from outside; its parts are the arguments of `FeatureNet.add_head`."""

    length: int
    function: Callable[[Tensor], Tensor]
    digest: str


def check_rgb(what: str, image: Tensor) -> None:
    """Raise an InputError unless the images are uint8 (N, 3, H, W) and not empty."""
    if image.dtype != torch.uint8 or image.ndim != 4 or image.shape[1] != 3 or 0 in image.shape:
        raise InputError(
            f"{what} got {image.dtype} of shape {tuple(image.shape)}; expected torch.uint8 of shape (N, 3, H, W). "
            "Quantise the images first (sisbench.images.quantise)."
        )


def combined_digest(*parts: str) -> str:
    """Return the SHA-256 over digests and names, in order."""
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
