"""A rendering as one zip archive that is read in place, the same bytes from the same files."""

from __future__ import annotations

import zipfile
from pathlib import Path

from sisbench.files import File, atomic, read_checksums
from sisbench.tinytown.journal import SUMS

_TOP = "tinytown"
_PACKED = (".webp", ".jpg")  # compressed already


def pack(folder: Path, archive: Path) -> None:
    """Write the files that a folder lists, and the list, into an archive with one top folder.

    Args:
        folder: A finished rendering.
        archive: The zip to write.

    Raises:
        InputError: A file cannot be read, or the archive cannot be written.
    """
    names = sorted([*read_checksums(File(folder, SUMS)), SUMS])
    with atomic(archive) as temporary, zipfile.ZipFile(temporary, "w", compresslevel=9) as packed:
        for name in names:
            entry = zipfile.ZipInfo(f"{_TOP}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, also when written elsewhere
            entry.external_attr = 0o644 << 16
            how = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
            packed.writestr(entry, File(folder, name).read(), how, 9)
