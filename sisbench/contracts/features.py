"""What every feature network promises, on machines that have its weights."""

from __future__ import annotations

import torch
from torch import Tensor

from sisbench import features
from sisbench.contracts._base import NotApplicable, Suite, Violation, require
from sisbench.errors import InputError
from sisbench.features import FeatureNet, Unavailable


def names_itself(name: str) -> None:
    """It knows its name, and a digest of what its numbers depend on."""
    network = _make(name)
    require(network.name == name, f"it is called {network.name!r}")
    require(len(network.digest) == 64, f"its digest {network.digest!r} is no SHA-256")
    require(network.digest == _make(name).digest, "its digest changes")


def gives_vectors(name: str) -> None:
    """It gives finite float64 vectors of the declared lengths for images of any size."""
    network = _make(name)
    for height, width in ((32, 48), (5, 3)):
        found = network.extract(_images(2, height, width), list(network.heads))
        for head, length in network.heads.items():
            vectors = found[head]
            expected = (2, length)
            require(tuple(vectors.shape) == expected, f"{head!r} has shape {tuple(vectors.shape)}, not {expected}")
            require(vectors.dtype == torch.float64, f"{head!r} is {vectors.dtype}, not float64")
            require(bool(vectors.isfinite().all()), f"{head!r} is not finite")


def vectors_follow_their_images(name: str) -> None:
    """A vector depends on its image alone, and different images have different ones."""
    network = _make(name)
    together = network(_images(3))
    for i in range(3):
        apart = float((network(_images(3)[i : i + 1])[0] - together[i]).abs().max())
        limit = 1e-4 * float(together.abs().max())
        require(apart <= limit, f"vectors of an image alone and in a batch of 3 differ by {apart:.3g}")
    require(not torch.equal(together[0], together[1]), "two images have one vector")


def other_images_are_refused(name: str) -> None:
    """Anything but a batch of RGB bytes is refused with an InputError."""
    network = _make(name)
    for what, image in (("floats", _images(2).float()), ("one image", _images(2)[0])):
        try:
            network(image)
        except InputError:
            continue
        raise Violation(f"{what} are taken")


def _make(name: str) -> FeatureNet:
    try:
        return features.create(name)
    except Unavailable as error:
        raise NotApplicable(f"its weights are not on this machine: {error}") from error


def _images(n: int, height: int = 32, width: int = 48) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, 3, height, width), dtype=torch.uint8, generator=rng)


SUITE = Suite((names_itself, gives_vectors, vectors_follow_their_images, other_images_are_refused), lambda name: [name])
