"""The one error that users are meant to read.

A message has four parts: what failed, what was found, what was expected, what to do. The command line prints it
without a traceback and exits with code 2. Any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class InputError(ValueError):
    """Bad input: an unknown name, a missing or damaged file, data that does not fit its card."""


class Problems(InputError):
    """Several problems of one kind, reported at once, each with the file it stands in."""

    def __init__(self, headline: str, problems: Sequence[str], advice: str = "") -> None:
        self.headline, self.problems, self.advice = headline, tuple(problems), advice
        lines = [headline, *(f"  - {problem}" for problem in self.problems)]
        super().__init__("\n".join([*lines, advice] if advice else lines))

    def __reduce__(self) -> tuple[type[Problems], tuple[str, tuple[str, ...], str]]:
        """Pickle by the constructor's arguments, so that it can be raised in another process."""
        return Problems, (self.headline, self.problems, self.advice)


def first(problems: Sequence[str], limit: int = 10) -> list[str]:
    """Return the first problems, and how many more there are."""
    more = len(problems) - limit
    return [*problems[:limit], *([f"... and {more} more"] if more > 0 else [])]


def counted(n: int, noun: str) -> str:
    """Return a number of things.

    >>> counted(1, "layout"), counted(2, "layout")
    ('1 layout', '2 layouts')
    """
    return f"{n} {noun}{'' if n == 1 else 's'}"


def unknown_name(kind: str, name: str, known: Iterable[str], command: str) -> InputError:
    """Return the error for a name that nothing is registered under.

    Args:
        kind: What was looked for, with its article ("a data set").
        name: What the user wrote.
        known: All registered names.
        command: The command that lists them.
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
    hint = f"closest: {close[0]!r}" if close else "known: " + (", ".join(names) or "none")
    return InputError(f"{name!r} is not {kind}; {hint}. See '{command}'.")
