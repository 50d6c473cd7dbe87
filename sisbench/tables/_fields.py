"""A JSON object that is taken apart field by field; whatever is wrong with it names the file and the place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, TypeVar

from sisbench.errors import InputError

T = TypeVar("T")
_REQUIRED: Any = object()
_WORDS = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}


class Fields:
    """Fields of one JSON object.

    Args:
        value: The parsed JSON.
        where: File and place inside it, for messages.

    Raises:
        InputError: The value is no object.
    """

    def __init__(self, value: Any, where: str) -> None:
        self._where = where
        if not isinstance(value, dict):
            raise self._error(f"is {value!r}", "an object")
        self._left: dict[str, Any] = dict(value)

    def text(self, name: str, default: Any = _REQUIRED) -> str:
        """Take a text; empty only where that is the default."""
        value = self._take(name, str, default)
        if not value and default is _REQUIRED:
            raise self._error(f"{name!r} is empty", "a text")
        return value

    def flag(self, name: str, default: Any = _REQUIRED) -> bool:
        """Take true or false."""
        return self._take(name, bool, default)

    def number(self, name: str, default: Any = _REQUIRED) -> float:
        """Take a number."""
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(f"{name!r} is {_shown(value)}", "a number")
        return float(value)

    def count(self, name: str, default: Any = _REQUIRED) -> int:
        """Take a whole number, 0 or more."""
        value = self._left.pop(name, default)
        if type(value) is not int or value < 0:
            raise self._error(f"{name!r} is {_shown(value)}", "a whole number, 0 or more")
        return value

    def texts(self, name: str, default: Any = _REQUIRED) -> tuple[str, ...]:
        """Take a list of texts; empty only where that is the default."""
        values = self._take(name, list, default)
        if not values and default is _REQUIRED:
            raise self._error(f"{name!r} is empty", "a list of texts")
        if not all(isinstance(value, str) and value for value in values):
            raise self._error(f"{name!r} is {values!r}", "a list of texts")
        return tuple(values)

    def chosen(self, name: str, choices: tuple[T, ...]) -> tuple[T, ...]:
        """Take a list of some of the choices, in their order; an absent one is empty."""
        values = self._take(name, list, [])
        if any(value not in choices for value in values):
            raise self._error(f"{name!r} is {values!r}", f"some of {', '.join(map(str, choices))}")
        return tuple(choice for choice in choices if choice in values)

    def mapping(self, name: str, kind: type[T] = str) -> dict[str, T]:  # type: ignore[assignment]
        """Take an object whose values are of one kind; an absent one is empty."""
        values = self._take(name, dict, {})
        for key, value in values.items():
            if not isinstance(value, kind):
                raise self._error(f"{key!r} of {name!r} is {value!r}", _WORDS[kind])
        return values

    def inner(self, name: str) -> Fields | None:
        """Take an object apart in turn; None where it is absent."""
        value = self._left.pop(name, None)
        return None if value is None else Fields(value, f"{self._where}, {name!r}")

    def each(self, name: str, key: str) -> list[Fields]:
        """Take a list of objects; messages call them by the value of `key`, else by their position."""
        found = []
        for position, value in enumerate(self._take(name, list, [])):
            called = value.get(key, position) if isinstance(value, dict) else position
            found.append(Fields(value, f"{self._where}, {name} {called!r}"))
        return found

    def close(self) -> None:
        """Raise an InputError if a field is left that nobody took."""
        if self._left:
            raise self._error(f"has the unknown fields {', '.join(map(repr, self._left))}", "none besides the known")

    def require_one(self, **given: bool) -> None:
        """Raise an InputError unless exactly one of several fields is there."""
        there = [name for name, is_there in given.items() if is_there]
        if len(there) != 1:
            found = " and ".join(map(repr, there)) or "none"
            raise self._error(f"has {found} of {', '.join(map(repr, given))}", "one of them")

    @contextlib.contextmanager
    def naming(self) -> Iterator[None]:
        """Put the place before the message of an InputError."""
        try:
            yield
        except InputError as error:
            raise InputError(f"{self._where}: {error}") from error

    def _take(self, name: str, kind: type[T], default: Any) -> T:
        value = self._left.pop(name, default)
        if not isinstance(value, kind):
            raise self._error(f"{name!r} is {_shown(value)}", _WORDS[kind])
        return value

    def _error(self, found: str, expected: str) -> InputError:
        return InputError(f"{self._where}: {found}; expected {expected}. Correct the definition.")


def _shown(value: Any) -> str:
    return "missing" if value is _REQUIRED else repr(value)
