"""The command line. A command parses, calls one function, prints; torch loads inside commands only."""

from __future__ import annotations

import errno
import sys
import traceback
from typing import Any

import click

from sisbench.cli.check import check
from sisbench.cli.check_plugin import check_plugin
from sisbench.cli.compare import compare
from sisbench.cli.completion import completion
from sisbench.cli.data import data
from sisbench.cli.doctor import doctor
from sisbench.cli.evaluate import evaluate
from sisbench.cli.listing import list_group
from sisbench.cli.plot import plot
from sisbench.cli.promote import promote
from sisbench.cli.recreate import recreate
from sisbench.cli.report import report
from sisbench.cli.run import generate, run, train
from sisbench.cli.scene_head import scene_head
from sisbench.cli.screen import echo, messages_made_visible
from sisbench.cli.segmenter import segmenter
from sisbench.cli.study import study
from sisbench.cli.table import table
from sisbench.cli.verify import verify
from sisbench.cli.weights import weights
from sisbench.errors import InputError

_USER_ERRNOS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
}
"""Failures of the file system that a user can mend; any other OSError is a bug and keeps its traceback."""


_INTERRUPTED, _BUG = 130, 70
"""128 + SIGINT, as shells say it; EX_SOFTWARE of sysexits.h."""


class _Commands(click.Group):
    """A group that prints errors meant for users without a traceback, and whose exit codes have one meaning each.

    2 for what a user can mend, 130 for an interrupt, 70 for a bug, with its traceback. 1 is left to verdicts: of
    'check', 'check-plugin' and 'verify' it means that something is different or wrong, never that nothing was judged.
    """

    def make_context(self, *about: Any, **more: Any) -> click.Context:
        with messages_made_visible():
            return super().make_context(*about, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with messages_made_visible():
            try:
                return super().invoke(ctx)
            except _user_errors() as error:
                raise _Refusal(str(error)) from error
            except OSError as error:
                if error.errno not in _USER_ERRNOS:
                    raise
                where = f" {error.filename}" if error.filename else ""
                raise _Refusal(
                    f"cannot write or read{where}: {error.strerror}. Nothing half-written is left; make room or choose "
                    "another place, and issue the command again: it continues."
                ) from error
            except (KeyboardInterrupt, click.Abort):
                echo(
                    "\nInterrupted. What was written is whole; most commands continue when they are issued again.",
                    err=True,
                )
                ctx.exit(_INTERRUPTED)

    def main(self, *about: Any, **more: Any) -> Any:
        try:
            return super().main(*about, **more)
        except Exception:
            traceback.print_exc()
            sys.exit(_BUG)


class _Refusal(click.ClickException):
    exit_code = 2


def _user_errors() -> tuple[type[Exception], ...]:
    """Error types of the three rooms; a room that was not imported cannot have raised."""
    rooms = (("generators", "GeneratorError"), ("segmenters", "SegmenterError"))
    return (InputError, *(getattr(sys.modules[room], name) for room, name in rooms if room in sys.modules))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sisbench")
def main() -> None:
    """Evaluate and benchmark semantic image synthesis.

    Start here: train a small LGGAN on the embedded street scenes, look at its images, read its numbers.

    \b
      sisbench run --method lggan --dataset tinytown

    Then: 'sisbench list methods' for what else can run, 'sisbench evaluate' for images that you already have, 'sisbench
    doctor' for what this machine can score, 'sisbench weights' for the networks that it lacks.
    """  # noqa: D301 - click wants the character \b


for _command in (
    *(run, train, generate, recreate, evaluate, verify, compare, check),
    *(table, plot, report, study, promote),
    *(data, weights, segmenter, scene_head, list_group, doctor, check_plugin, completion),
):
    main.add_command(_command)
