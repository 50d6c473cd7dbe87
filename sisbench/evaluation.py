"""What an evaluation found: numbers with their uncertainty, and what they rest on.

Plain data that is JSON and back, without torch, so that tables and records read it in milliseconds.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, NamedTuple, TypeVar

from sisbench.errors import InputError

T = TypeVar("T")

Z95 = NormalDist().inv_cdf(0.975)
"""Standard errors from a number to either bound of its 95 % interval: 1.96, by the normal approximation."""

_MOST = 10**12
"""More images than anybody has."""


class Value(NamedTuple):
    """A number and how far to trust it.

    Attributes:
        value: The number; finite.
        stderr: Its standard error over the draw of images at this sample size; None where one image gives none.
        n: Number of images that it is over.
    """

    value: float
    stderr: float | None
    n: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Bounds of the 95 % interval; None where there is no standard error."""
        return None if self.stderr is None else (self.value - Z95 * self.stderr, self.value + Z95 * self.stderr)


@dataclass(frozen=True)
class NotAvailable:
    """A number that could not be computed.

    Attributes:
        reason: What is missing and what to do about it.
    """

    reason: str


@dataclass(frozen=True)
class Scores:
    """Scores of one set of images.

    Attributes:
        results: By output name ("miou").
        per_class: By quantity ("iou"), then by class name; absent classes are left out.
    """

    results: Mapping[str, Value]
    per_class: Mapping[str, Mapping[str, Value]]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON value."""
        return {"results": _each(self.results, _score_to_json), "per_class": _classes_to_json(self.per_class)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Scores:
        """Return the scores that `to_json` wrote.

        Raises:
            InputError: The value is something else.
        """
        with _reading("a set of scores"):
            return cls(_each(value["results"], _value_from_json), _classes_from_json(value["per_class"]))


@dataclass(frozen=True)
class Evaluation:
    """Scores of one set of generated images under one protocol.

    Attributes:
        n: Number of generated images.
        results: Scores by output name ("fid", "miou", ...), in table order.
        real: Scores of the real images themselves, for outputs that judge images one-sidedly (mIoU, accuracy): what a
            perfect generator would reach with this segmenter.
        per_class: By quantity ("iou"), then by class name: scores of the generated images. Absent classes are left out.
        real_per_class: The same for the real images.
        higher_is_better: Direction of every output.
        provenance: What the numbers rest on, as text: names and digests of card, protocol, samples and networks.
        warnings: What makes numbers doubtful, a sentence or more each: a segmenter that fails on the real images.
        keys: Keys of the images (of the layouts, where several images of each are compared), sorted.
        per_image: Pseudo-values of every image by output, in the order of `keys`: their mean is the number, their
            standard deviation over sqrt(n) its standard error. Of a mean over images they are the images' own values.
            Neither they nor the keys are part of the JSON: `per_image.write` keeps them beside it.
    """

    n: int
    results: Mapping[str, Value | NotAvailable]
    real: Mapping[str, Value | NotAvailable]
    per_class: Mapping[str, Mapping[str, Value]]
    real_per_class: Mapping[str, Mapping[str, Value]]
    higher_is_better: Mapping[str, bool]
    provenance: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    keys: tuple[str, ...] = field(default=(), compare=False)
    per_image: Mapping[str, Sequence[float]] = field(default_factory=dict, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return a value that `json.dumps(..., allow_nan=False)` takes."""
        return {
            "n": self.n,
            "results": _each(self.results, _score_to_json),
            "real": _each(self.real, _score_to_json),
            "per_class": _classes_to_json(self.per_class),
            "real_per_class": _classes_to_json(self.real_per_class),
            "higher_is_better": dict(self.higher_is_better),
            "provenance": dict(self.provenance),
            **({"warnings": list(self.warnings)} if self.warnings else {}),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation that `to_json` wrote.

        Raises:
            InputError: The value is something else.
        """
        with _reading("an evaluation"):
            return cls(
                n=_images(value["n"]),
                results=_each(value["results"], _score_from_json),
                real=_each(value["real"], _score_from_json),
                per_class=_classes_from_json(value["per_class"]),
                real_per_class=_classes_from_json(value["real_per_class"]),
                higher_is_better=_each(value["higher_is_better"], _flag),
                provenance=_each(value["provenance"], str),
                warnings=_texts(value.get("warnings", [])),
            )


@contextlib.contextmanager
def _reading(what: str) -> Iterator[None]:
    """Turn the errors of a JSON value that has another form into one that says so."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"a JSON value is not {what} ({type(error).__name__}: {error}); expected what its to_json wrote. "
            "Evaluate again."
        ) from error


def _score_to_json(score: Value | NotAvailable) -> dict[str, Any]:
    return score._asdict() if isinstance(score, Value) else {"not_available": score.reason}


def _score_from_json(score: Mapping[str, Any]) -> Value | NotAvailable:
    return NotAvailable(str(score["not_available"])) if "not_available" in score else _value_from_json(score)


def _value_from_json(value: Mapping[str, Any]) -> Value:
    stderr = None if value["stderr"] is None else _finite(value["stderr"])
    if stderr is not None and stderr < 0:
        raise ValueError(f"a standard error is {stderr!r}")
    return Value(_finite(value["value"]), stderr, _images(value["n"]))


def _finite(number: Any) -> float:
    if type(number) not in (int, float) or not math.isfinite(number):  # float() would take "nan" and True
        raise ValueError(f"{number!r} stands where a finite number is expected")
    return float(number)


def _images(number: Any) -> int:
    if type(number) is not int or not 1 <= number <= _MOST:
        raise ValueError(f"{str(number)[:20]!r} stands where a number of images is expected")
    return number


def _flag(value: Any) -> bool:
    if type(value) is not bool:  # bool("false") is True
        raise ValueError(f"{value!r} stands where true or false is expected")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"{str(value)[:40]!r} stands where a list of texts is expected")
    return tuple(value)


def _classes_to_json(values: Mapping[str, Mapping[str, Value]]) -> dict[str, Any]:
    return _each(values, lambda by_class: _each(by_class, _score_to_json))


def _classes_from_json(values: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
    return _each(values, lambda by_class: _each(by_class, _value_from_json))


def _each(mapping: Mapping[str, Any], function: Callable[[Any], T]) -> dict[str, T]:
    return {key: function(value) for key, value in mapping.items()}
