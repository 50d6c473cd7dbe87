"""`sisbench check-plugin`: the contract suite over the entries of a plug-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from sisbench.cli.names import complete_plugins
from sisbench.cli.screen import echo

if TYPE_CHECKING:
    from sisbench.plugins import Entry

_KINDS = ("methods", "metrics", "datasets", "protocols", "segmenters", "features")
_LOADED = "It is loaded and registered"


@click.command("check-plugin")
@click.argument("name", shell_complete=complete_plugins)
@click.option("--kind", type=click.Choice(_KINDS), help="Look at entries of this kind alone.")
@click.pass_context
def check_plugin(context: click.Context, name: str, kind: str | None) -> None:
    """Look whether a plug-in keeps every contract of sisbench.

    NAME is the plug-in's distribution, or one of its entries. Prints one line for each contract: ok, failed or n/a,
    with the reason. Exit code 0 if none failed, else 1.

    \b
    Examples:
      sisbench check-plugin sisbench-example-plugin
      sisbench check-plugin lab_mae --kind metrics
    """  # noqa: D301 - click wants the character \b
    from sisbench import plugins
    from sisbench.errors import counted

    entries = plugins.find(name, kind)
    failed = sum(_check(entry) for entry in entries) + _check_undeclared(entries)
    kept = f"{failed} failed" if failed else "every contract is kept"
    echo(f"\n{name}: {counted(len(entries), 'thing')} looked at, {kept}")
    context.exit(1 if failed else 0)


def _check(entry: Entry) -> int:
    """Print what came of each contract of an entry; return how many failed."""
    from sisbench import contracts, plugins

    echo(f"{entry.kind} {entry.name}, from {entry.declared.origin}")
    problem = next((problem for problem in plugins.problems(entry.kind) if problem.name == entry.name), None)
    if problem is not None:
        _line("failed", _LOADED, problem.reason)
        return 1
    _line("ok", _LOADED)
    failed = 0
    for outcome in contracts.run(entry.kind, entry.name):
        _line(outcome.status, outcome.promise, outcome.reason)
        failed += outcome.status == "failed"
    return failed


def _check_undeclared(entries: Sequence[Entry]) -> int:
    """Print what the plug-ins of some entries register without an entry point for it; return how much that is."""
    from sisbench import plugins

    origins = {entry.declared.origin for entry in entries}
    declared = {(entry.kind, entry.name) for entry in plugins.entries()}
    found = [
        (kind, problem)
        for kind in dict.fromkeys(entry.kind for entry in entries)
        for problem in plugins.problems(kind)
        if problem.origin in origins and (kind, problem.name) not in declared
    ]
    for kind, problem in found:
        echo(f"{kind} {problem.name}, from {problem.origin}")
        _line("failed", _LOADED, problem.reason)
    return len(found)


def _line(status: str, promise: str, reason: str = "") -> None:
    """Print one line, whatever line breaks a reason holds."""
    told = f": {' '.join(reason.split())}" if reason else ""
    echo(f"  {status:<6}  {promise}{told}")
