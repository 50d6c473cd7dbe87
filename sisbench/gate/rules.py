"""How far a number may move before the gate calls it one: defaults by kind of metric, and what users write instead."""

from __future__ import annotations

import fnmatch
import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

from sisbench.errors import InputError, unknown_name

_LEVEL = 0.95
_PATTERN = re.compile(r"interval(?::(?P<level>.+))?")
_EXPECTED = "expected a number ('0.1'), a share of the baseline ('2%'), or 'interval', 'interval:99%'"


@dataclass(frozen=True)
class Tolerance:
    """How far one number may move.

    Attributes:
        kind: "absolute", in the unit of the number; "relative", to the size of the baseline; or "interval", the
            half-width of the interval of the difference.
        amount: The distance, the share, or the level of the interval.
        floor: Of an interval, the distance below which no move counts, however small its standard error is: that of an
            unchanged run is rounding and next to nothing.
    """

    kind: Literal["absolute", "relative", "interval"]
    amount: float
    floor: float = 0.0

    def allowed(self, baseline: float, stderr: float | None = None) -> float:
        """Return the distance that a number may be away from the baseline.

        Args:
            baseline: The number of the baseline.
            stderr: Standard error of the difference, which an interval needs.
        """
        if self.kind == "absolute":
            return self.amount
        if self.kind == "relative":
            return self.amount * abs(baseline)
        assert stderr is not None
        return max(self.floor, NormalDist().inv_cdf((1 + self.amount) / 2) * stderr)

    def __str__(self) -> str:
        """As it is written: "0.1", "2%", "interval:95%"."""
        if self.kind == "absolute":
            return f"{self.amount:g}"
        return f"{'interval:' if self.kind == 'interval' else ''}{self.amount * 100:g}%"


@dataclass(frozen=True)
class Default:
    """The tolerance of a kind of metric where the user names none.

    Attributes:
        kind: What the metrics measure.
        outputs: Patterns of their names.
        tolerance: The tolerance.
        reason: Why that.
    """

    kind: str
    outputs: tuple[str, ...]
    tolerance: Tolerance
    reason: str


def _one_digit(kind: str, outputs: str, amount: float, printed: str) -> Default:
    return Default(kind, tuple(outputs.split()), Tolerance("absolute", amount), f"papers print {printed}")


DEFAULTS = (
    _one_digit("Fréchet distance", "fid fid_* fd_*", 0.1, "one decimal"),
    _one_digit("kernel distance", "kid kid_*", 1e-4, "KID times 1000 with one decimal, or times 100 with two"),
    _one_digit(
        "overlap and accuracy, a share",
        "miou miou_* iou_* accuracy accuracy_* mean_accuracy fwiou top1 top5 top1_* top5_* precision recall",
        1e-3,
        "percent with one decimal",
    ),
    _one_digit("structural similarity", "ssim ms_ssim crossview_ssim", 1e-3, "two to four decimals"),
    _one_digit("decibel", "psnr crossview_psnr sd crossview_sd", 0.01, "two decimals"),
    _one_digit("perceptual distance", "lpips_*", 1e-3, "three decimals"),
    _one_digit("Inception score", "is is_*", 0.01, "two decimals"),
    _one_digit("divergence", "kl crossview_kl crossview_kl_std", 0.01, "two decimals"),
    Default("any other", ("*",), Tolerance("relative", 1e-3), "three digits are what a table shows"),
)
"""By kind, the first that fits. A move that no table of the field would show is no regression, and rounding (other
threads, another processor, another version of a library) stays far below it; see docs/ci.md for both, measured."""


def default(output: str) -> Tolerance:
    """Return the tolerance of an output that the user says nothing about.

    >>> str(default("fid_clean")), str(default("miou")), str(default("lab_emd"))
    ('0.1', '0.001', '0.1%')
    """
    return next(
        one.tolerance for one in DEFAULTS if any(fnmatch.fnmatchcase(output, pattern) for pattern in one.outputs)
    )


@dataclass(frozen=True)
class Tolerances:
    """What the user asks for, and the defaults where that says nothing.

    Attributes:
        entries: Pairs of a name or pattern of outputs ("fid", "iou_*", "*") and its tolerance; the last that fits
            counts.
    """

    entries: Sequence[tuple[str, Tolerance]] = ()

    def of(self, output: str, baseline: float) -> Tolerance:
        """Return the tolerance of an output.

        Args:
            output: Its name.
            baseline: Its number in the baseline, which the floor of an interval may be relative to.
        """
        floor = default(output)
        chosen = next((t for name, t in reversed(self.entries) if fnmatch.fnmatchcase(output, name)), floor)
        if chosen.kind == "interval":
            return Tolerance("interval", chosen.amount, floor.allowed(baseline))
        return chosen

    def require_known(self, outputs: Iterable[str]) -> None:
        """Raise an InputError for an entry that fits none of the outputs that are checked."""
        known = set(outputs)
        for name, _ in self.entries:
            if not fnmatch.filter(known, name):
                raise unknown_name("an output of these records", name, known, "sisbench check -h")


def parse(text: str, where: str) -> Tolerance:
    """Return the tolerance that a text says.

    >>> parse("0.5", "x"), parse("2%", "x").amount, parse("interval", "x").amount
    (Tolerance(kind='absolute', amount=0.5, floor=0.0), 0.02, 0.95)

    Args:
        text: "0.5", "2%", "interval" (of 95 %) or "interval:99%".
        where: What the text belongs to, for the message.

    Raises:
        InputError: It is none of these, negative or not finite; a level that is not between 0 and 100 %.
    """
    text = text.strip()
    if match := _PATTERN.fullmatch(text):
        level = _LEVEL if match["level"] is None else _share(match["level"], text, where)
        if not 0 < level < 1:
            raise InputError(
                f"the tolerance of {where} is {text!r}; an interval has a level between 0 and 100 %, both excluded. "
                "Write 'interval' for 95 %."
            )
        return Tolerance("interval", level)
    if text.endswith("%"):
        return Tolerance("relative", _share(text, text, where))
    return Tolerance("absolute", _number(text, text, where))


def parse_option(text: str) -> tuple[str, Tolerance]:
    """Return name or pattern and tolerance of one '--tolerance' (`NAME=TOLERANCE`).

    Raises:
        InputError: It has another form.
    """
    name, equals, value = text.partition("=")
    if not (equals and name.strip()):
        raise InputError(f"'--tolerance {text}' names no output or no tolerance; {_EXPECTED} behind 'NAME='.")
    return name.strip(), parse(value, f"{name.strip()!r}")


def read_toml(path: Path) -> list[tuple[str, Tolerance]]:
    """Return the entries of the table `[tolerances]` of a TOML file.

    Raises:
        InputError: The file is missing or damaged, holds something else, or a tolerance that is none.
    """
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise InputError(
            f"{path} cannot be read as tolerances ({reason}). Give a TOML file with a table [tolerances]."
        ) from error
    table = value.get("tolerances")
    if set(value) != {"tolerances"} or not isinstance(table, Mapping):
        raise InputError(
            f"{path} holds {', '.join(map(repr, value)) or 'nothing'}; expected the table [tolerances] and nothing "
            "else, with lines such as 'fid = \"2%\"'. Move the lines there."
        )
    return [(name, _entry(entry, f"{name!r} in {path}")) for name, entry in table.items()]


def _entry(entry: Any, where: str) -> Tolerance:
    if isinstance(entry, bool) or not isinstance(entry, str | int | float):
        raise InputError(f"the tolerance of {where} is {entry!r}; {_EXPECTED}. Correct the line.")
    return parse(str(entry), where)


def _share(text: str, whole: str, where: str) -> float:
    if not text.endswith("%"):
        raise InputError(f"the tolerance of {where} is {whole!r}; {_EXPECTED}. Correct it.")
    return _number(text.removesuffix("%"), whole, where) / 100


def _number(text: str, whole: str, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise InputError(
            f"the tolerance of {where} is {whole!r}, no finite number of at least 0; {_EXPECTED}. Correct it."
        )
    return number
