"""LPIPS, version 0.1 (Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", 2018).

    d(a, b) = sum_l 1 / (H_l W_l) sum_hw |sqrt(w_l) * (a_lhw - b_lhw)|^2,

where a_lhw are the activations of a torchvision network after a ReLU, scaled to unit length over channels, and w_l >= 0
are the weights of the `lpips` package's linear layers. As the weights are not negative, their roots move into the
features: a distance is the squared Euclidean distance of two embeddings. All pairs of S images hence cost S forwards,
and not the S (S - 1) of a function of two images.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from generators import ensure_torchvision
from sisbench import weights
from sisbench.errors import InputError, unknown_name
from sisbench.features._base import check_rgb, combined_digest
from sisbench.features._fold import channels_last
from sisbench.files import sha256

IMAGES_PER_CALL = 4
"""Images that a stage of the trunk sees at once, which bounds what it allocates beside its results."""

NUMBERS_PER_SUM = 4096
"""Squares that are added up in float32 before the sum goes on in float64: 1e-7 of a distance."""


@dataclass(frozen=True)
class Net:
    """Facts of one network.

    Attributes:
        architecture: Constructor in torchvision.models.
        trunk: Name of its ImageNet weights in `sisbench.weights`.
        taps: Places in `features` whose outputs are compared.
        shortest: Shortest side of an image that leaves something to pool.
    """

    architecture: str
    trunk: str
    taps: tuple[int, ...]
    shortest: int


NETS = {
    "alex": Net("alexnet", "alexnet-imagenet", (1, 4, 7, 9, 11), 31),
    "squeeze": Net("squeezenet1_1", "squeezenet1_1-imagenet", (1, 4, 7, 9, 10, 11, 12), 17),
    "vgg": Net("vgg16", "vgg16-imagenet", (3, 8, 15, 22, 29), 16),
}


class LPIPS:
    """One of the three networks, ready to run.

    Attributes:
        name: "alex", "squeeze" or "vgg".
        digest: SHA-256 over the digests of both files and the convention.
        device: Where it runs.

    Args:
        name: See the attribute.
        digest: See the attribute.
        trunk: State of torchvision's network; what is not under `features.` is left out.
        linear: State of the linear layers under the keys of the `lpips` package, `lin{l}.model.1.weight`.
        device: See the attribute.

    Raises:
        InputError: A linear weight is negative, or not one for each tap.
    """

    def __init__(
        self, name: str, digest: str, trunk: dict[str, Tensor], linear: dict[str, Tensor], device: torch.device | str
    ) -> None:
        self.name, self.digest, self.device = name, digest, torch.device(device)
        net = NETS[name]
        models = ensure_torchvision().models
        with torch.device("meta"):  # the classifiers of torchvision are large, and not part of this network
            layers = getattr(models, net.architecture)(weights=None).features
        prefix = "features."
        state = {key.removeprefix(prefix): value for key, value in trunk.items() if key.startswith(prefix)}
        layers.load_state_dict(state, assign=True)
        channels_last(layers)
        starts = (0, *(tap + 1 for tap in net.taps))
        self._stages = [
            layers[start:end].to(self.device).eval().requires_grad_(False) for start, end in itertools.pairwise(starts)
        ]
        found = [linear[key].flatten() for key in sorted(linear)]
        if len(found) != len(net.taps) or any(weight.min() < 0 for weight in found):
            least = min((float(weight.min()) for weight in found), default=0.0)
            raise InputError(
                f"the linear layers of lpips-{name} are {len(found)} with weights from {least:.3g} on; expected "
                f"{len(net.taps)} without negative ones. Take the file of the lpips package, version 0.1."
            )
        self._roots = [weight.sqrt().view(-1, 1, 1).to(self.device) for weight in found]
        # Of the original: (x - shift) / scale of images in [-1, 1].
        self._shift = torch.tensor([-0.030, -0.088, -0.188], device=self.device).view(3, 1, 1)
        self._scale = torch.tensor([0.458, 0.448, 0.450], device=self.device).view(3, 1, 1)

    @torch.no_grad()
    def embed(self, image: Tensor) -> list[Tensor]:
        """Return feature maps whose summed squared differences are distances.

        Args:
            image: uint8 (N, 3, H, W), RGB, on any device.

        Returns:
            For every tap float32 (N, C_l, H_l, W_l), on the device: unit length over channels, times the root of the
            linear weights, over the root of H_l W_l.

        Raises:
            InputError: Anything but a batch of RGB bytes, or images too small for the network.
        """
        return [_scaled(maps, root) for maps, root in zip(self._activations(image), self._roots, strict=True)]

    @torch.no_grad()
    def pairwise(self, samples: Tensor) -> Tensor:
        """Return the distances of all pairs.

        Every image goes through the trunk once. The maps of one tap are held for all images at once (VGG, 256x512:
        32 MB an image), and nothing of the taps before.

        Args:
            samples: uint8 (S, 3, H, W), RGB, on any device; S of at least 2.

        Returns:
            float64 (S (S - 1) / 2,), on the CPU, in the order of `itertools.combinations`. Equal images are at 0.

        Raises:
            InputError: Anything but such a batch, or images too small for the network.
        """
        if len(samples) < 2:
            raise InputError(f"lpips-{self.name} got {len(samples)} image(s); a pair needs 2. Sample more of a layout.")
        distances = torch.zeros(len(samples) * (len(samples) - 1) // 2, dtype=torch.float64, device=self.device)
        for maps, root in zip(self._activations(samples), self._roots, strict=True):
            rows = max(1, NUMBERS_PER_SUM * 4 // (maps.shape[1] * maps.shape[3]))  # a block that stays in the cache
            for block in maps.split(rows, dim=2):
                scaled = _scaled(block, root, positions=maps.shape[2] * maps.shape[3]).flatten(1)
                for part in scaled.split(NUMBERS_PER_SUM, dim=1):
                    distances += torch.pdist(part).double().square()
        return distances.cpu()

    def _activations(self, image: Tensor) -> Iterator[Tensor]:
        """Yield the activations of one tap after the other."""
        check_rgb(f"the lpips-{self.name} network", image)
        shortest = NETS[self.name].shortest
        if min(image.shape[-2:]) < shortest:
            raise InputError(
                f"lpips-{self.name} got images of {image.shape[-2]}x{image.shape[-1]}; its poolings need sides of at "
                f"least {shortest}. Give it the images at the size of the protocol."
            )
        x = (image.to(self.device).float() / 127.5 - 1 - self._shift) / self._scale
        x = x.contiguous(memory_format=torch.channels_last)
        for stage in self._stages:
            x = torch.cat([stage(part) for part in x.split(IMAGES_PER_CALL)])
            yield x


def _scaled(maps: Tensor, root: Tensor, positions: int | None = None) -> Tensor:
    """Scale maps (N, C, H, W) to unit length over channels, times the root of the weights over that of positions."""
    positions = positions or maps.shape[2] * maps.shape[3]
    length = maps.square().sum(1, keepdim=True).sqrt() + 1e-10  # the original's guard
    scaled: Tensor = maps / length * (root / positions**0.5)
    return scaled


def create(name: str, device: torch.device | str = "cpu") -> LPIPS:
    """Create LPIPS on one of its networks.

    Raises:
        InputError: No network has this name; the message gives the closest one.
        Unavailable: One of its two files is not on this machine, or is not the published one.
    """
    if name not in NETS:
        raise unknown_name("a network of LPIPS", name, NETS, "sisbench doctor")
    trunk, linear = weights.find(NETS[name].trunk), weights.find(f"lpips-{name}-v0.1")
    digest = combined_digest(sha256(trunk), sha256(linear), f"lpips-{name}-v0.1")
    trunk_state, linear_state = (torch.load(path, map_location="cpu", weights_only=True) for path in (trunk, linear))
    return LPIPS(name, digest, trunk_state, linear_state, device)
