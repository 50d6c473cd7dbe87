"""What every image contributes to every number of an evaluation, in a CSV file beside its JSON.

One row per image: its key, and by output its pseudo-value, number + influence (see `metrics.Estimate`). The mean of a
column is the number, its standard deviation over sqrt(n) the standard error, and the differences of the columns of two
methods on the same layouts give the error of their difference. Of a mean over images it holds the images' own values.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sisbench.errors import InputError
from sisbench.files import write_bytes

_KEY = "key"
_NAMES = "surrogateescape"
"""Keys are file names, which need not be UTF-8; they come back as they went."""


class PerImage(NamedTuple):
    """Contents of such a file.

    Attributes:
        keys: Of the images, in the order of the rows.
        columns: Pseudo-values by output, in the order of the keys.
    """

    keys: tuple[str, ...]
    columns: dict[str, tuple[float, ...]]


def beside(path: Path) -> Path:
    """Return the place of the file that belongs to a JSON file.

    >>> beside(Path("runs/record.json")).as_posix()
    'runs/record.per_image.csv'
    """
    return path.with_suffix(".per_image.csv")


def write(path: Path, keys: Sequence[str], columns: Mapping[str, Sequence[float]]) -> None:
    """Write the file atomically; numbers read back are the same to the last bit.

    Args:
        path: Where.
        keys: One per image, none twice.
        columns: Finite numbers by output, one per key.

    Raises:
        ValueError: Columns of other lengths.
        InputError: The file cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)  # a key may hold any character
    writer.writerow([_KEY, *columns])
    writer.writerows([key, *map(float, row)] for key, *row in zip(keys, *columns.values(), strict=True))
    write_bytes(path, text.getvalue().encode(errors=_NAMES))


def read(path: Path) -> PerImage:
    """Read a file that `write` wrote.

    Raises:
        InputError: It is missing or damaged: not such a table, a number that is none, a key twice.
    """
    try:
        rows = list(csv.reader(io.StringIO(path.read_bytes().decode(errors=_NAMES), newline=""), strict=True))
        header, body = rows[0], rows[1:]
        if header[:1] != [_KEY] or len(set(header)) != len(header):
            raise ValueError(f"the first line is {','.join(header)!r}, not '{_KEY}' and the names of outputs")
        if not body:
            raise ValueError("there is no row")
        keys = tuple(row[0] for row in body)
        if len(set(keys)) != len(keys):
            raise ValueError("a key stands there twice")
        columns = zip(*([_number(cell) for cell in row[1:]] for row in body if _whole(row, header)), strict=True)
        return PerImage(keys, dict(zip(header[1:], columns, strict=True)))
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise InputError(
            f"{path} cannot be read as the per-image numbers of an evaluation ({type(error).__name__}: {error}); "
            "expected the CSV file that is written beside its JSON. Evaluate again."
        ) from error


def _whole(row: list[str], header: list[str]) -> bool:
    if len(row) != len(header):
        raise ValueError(f"the row of {row[0] if row else ''!r} has {len(row)} cells in place of {len(header)}")
    return True


def _number(cell: str) -> float:
    number = float(cell)
    if not math.isfinite(number):
        raise ValueError(f"{cell!r} is not finite")
    return number
