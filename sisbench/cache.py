"""What was computed once from the real images, kept on disk under a digest of everything it depends on.

Entries are plain files: they can be deleted at any time, and one that is damaged is as good as none. They are written
atomically, so processes may share a folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.files import write_bytes

CACHE_VARIABLE = "SISBENCH_CACHE"
"""Environment variable: folder of the cache."""


def default_folder() -> Path:
    """Return `$SISBENCH_CACHE`, else `~/.cache/sisbench`."""
    return Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache" / "sisbench") / "real"


def folder_of_method(name: str) -> Path:
    """Return where a method keeps what it computes of conditions alone (`generators.Generator.cache_in`)."""
    return default_folder().parent / name


class Cache:
    """Tensors and JSON values by what they were computed from.

    An entry is a file: the SHA-256 of its payload in hexadecimal, a newline, the payload.

    Args:
        folder: Where the entries lie; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def tensor(self, source: Mapping[str, Any]) -> Tensor | None:
        """Return the tensor that was stored for `source`, None if there is none or its file is damaged."""
        payload = self._read(source)
        try:
            return None if payload is None else safetensors.torch.load(payload)["tensor"]
        except (safetensors.SafetensorError, KeyError):
            return None

    def put_tensor(self, source: Mapping[str, Any], tensor: Tensor) -> None:
        """Store a tensor for `source`, a JSON value that names everything the tensor depends on."""
        self._write(source, safetensors.torch.save({"tensor": tensor.contiguous()}))

    def json(self, source: Mapping[str, Any]) -> Any:
        """Return the JSON value that was stored for `source`, None if there is none or its file is damaged."""
        payload = self._read(source)
        try:
            return None if payload is None else json.loads(payload)
        except ValueError:
            return None

    def put_json(self, source: Mapping[str, Any], value: Any) -> None:
        """Store a JSON value (not None) for `source`, a JSON value that names everything it depends on."""
        self._write(source, json.dumps(value, allow_nan=False).encode())

    def _path(self, source: Mapping[str, Any]) -> Path | None:
        digest = hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()
        return None if self.folder is None else self.folder / f"{digest}.cache"

    def _read(self, source: Mapping[str, Any]) -> bytes | None:
        path = self._path(source)
        if path is None:
            return None
        try:
            digest, _, payload = path.read_bytes().partition(b"\n")
        except OSError:  # nothing there, or not for us to read: compute it
            return None
        return payload if digest == hashlib.sha256(payload).hexdigest().encode() else None

    def _write(self, source: Mapping[str, Any], payload: bytes) -> None:
        path = self._path(source)
        if path is None:
            return
        try:
            write_bytes(path, hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload)
        except InputError as error:  # the results are there all the same
            warnings.warn(f"real images will be processed again next time: {error}", stacklevel=3)
