"""Where files of weights lie on this machine, and whether they are the published ones."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from sisbench.errors import InputError
from sisbench.files import sha256
from sisbench.weights._pins import PINS, pin, pinned
from sisbench.weights._registry import Unavailable, Weight, get

WEIGHTS_VARIABLE = "SISBENCH_WEIGHTS"
"""Environment variable: folder that holds weights under their file names."""


def folder() -> Path:
    """Return the folder that files are fetched and added to: `$SISBENCH_WEIGHTS`, else `~/.cache/sisbench/weights`."""
    given = os.environ.get(WEIGHTS_VARIABLE)
    return Path(given) if given else _own()


def folders() -> list[Path]:
    """Return the folders that are searched, in order of precedence; the last one is where `torch.hub` downloads to."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    hub = Path(os.environ.get("TORCH_HOME") or cache / "torch") / "hub" / "checkpoints"
    return list(dict.fromkeys((folder(), _own(), hub)))


def find(name: str) -> Path:
    """Return the verified file of a network.

    Raises:
        InputError: No file has this name.
        Unavailable: The file is not on this machine, or it is another one.
    """
    weight = get(name)
    for path in copies(weight):
        check(weight, path)
        return path
    given = os.environ.get(WEIGHTS_VARIABLE)
    raise Unavailable(
        f"the weights {weight.filename} are neither in ${WEIGHTS_VARIABLE} ({given or 'not set'}) nor in "
        f"~/.cache/sisbench/weights. {how_to_get(weight)}"
    )


def how_to_get(weight: Weight) -> str:
    """Say what a user without the file does, with the exact command."""
    add = f"'sisbench weights add {weight.name} FILE'"
    if weight.direct:
        return f"Run 'sisbench weights fetch {weight.name}', or get {weight.url} another way and run {add}."
    if weight.package:
        package = weight.package.partition("/")[0].replace("_", "-")
        return f"The file comes with the Python package {package}: install that again, or run {add} with a copy."
    return f"No host gives the file itself: get it by way of {weight.url}, then run {add}."


def copies(weight: Weight, given: Path | None = None) -> Iterator[Path]:
    """Yield the files of this name that are here, verified or not, in order of precedence.

    Args:
        weight: What is looked for.
        given: Folder to look into first.
    """
    first = [given] if given else []
    segmenter = any(use.startswith("segmenter:") for use in weight.used_by)
    searched = folders()[:-1] if segmenter else folders()  # segmenters do not look among the downloads of torch.hub
    places = [place / weight.filename for place in dict.fromkeys([*first, *searched])]
    if weight.package:
        package, _, inside = weight.package.partition("/")
        if (spec := importlib.util.find_spec(package)) and spec.origin:
            places.append(Path(spec.origin).parent / inside)
    yield from (path for path in places if path.is_file())


def check(weight: Weight, path: Path) -> None:
    """Compare a file with its published digest; where none is published, with its pin; a first file is pinned.

    Raises:
        Unavailable: It is another file, it cannot be read, or it is the first one and cannot be pinned.
    """
    try:
        digest = sha256(path)
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    try:
        expected = weight.sha256 or pinned(path)
        if expected is None:
            pin(path, digest, "first use")
    except InputError as error:
        raise Unavailable(
            f"{path} has no published digest to be checked against, and its own is not on record: {error} "
            f"Or take a copy into a folder of yours: 'sisbench weights add {weight.name} {path} --folder DIR'."
        ) from error
    if expected is not None and not digest.startswith(expected):
        raise Unavailable(_another(weight, path, digest, expected))


def _another(weight: Weight, path: Path, digest: str, expected: str) -> str:
    if weight.sha256:
        known, way_out = "the published file", "delete it."
    else:
        known = "the file that was first used here"
        way_out = f"delete it; or, if you trust it more than the first, its line in {path.parent / PINS}."
    return (
        f"{path} is not {known}: its SHA-256 begins with {digest[:16]}, expected {expected[:16]}. "
        f"It is damaged or was replaced: {way_out} {how_to_get(weight)}"
    )


def _own() -> Path:
    return Path.home() / ".cache" / "sisbench" / "weights"
