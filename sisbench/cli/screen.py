r"""The one door to the screen: what stands in names, files and records is shown there, never obeyed.

A terminal obeys control characters: a method called "\x1b[2J" would clear the screen, a carriage return would hide a
number, and some Unicode characters turn the direction of reading. Commands print by `echo` and `write` alone; errors
and warnings pass through `visible` too.
"""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Iterator

import click

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of reading
    "\u2028\u2029\ud800-\udfff]"  # ends of lines; bytes of file names that are no text
)


def visible(text: str) -> str:
    r"""Return text with an escape for every character that a terminal would obey.

    >>> visible("a\x1b[31mb\r\u202ec\td")
    'a\\x1b[31mb\\r\\u202ec\td'
    """
    return _OBEYED.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def echo(text: str = "", err: bool = False) -> None:
    """Print a text and a line feed.

    Args:
        text: The text; all of it may come from outside.
        err: Whether it goes to standard error.
    """
    click.echo(visible(text), err=err)


def write(content: bytes, trusted: bool) -> None:
    """Print the content of a file.

    Args:
        content: The content, UTF-8.
        trusted: Whether it goes out byte by byte, since no terminal reads it, or since its control characters are ours.
    """
    click.echo(content if trusted else visible(content.decode()), nl=False)


@contextlib.contextmanager
def messages_made_visible() -> Iterator[None]:
    """Escape the messages of errors of the command line, and of the warnings that are shown meanwhile."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda *about, **more: visible(before(*about, **more))
    try:
        yield
    except click.ClickException as error:
        error.message = visible(error.message)  # type: ignore[misc]  # final in click, which prints it
        raise
    finally:
        warnings.formatwarning = before
