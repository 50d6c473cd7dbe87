"""Names for shell completion, found without importing torch."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import click
from click.shell_completion import CompletionItem


def method_names() -> list[str]:
    """Names that the files of `generators` register, read from their text: a key press must not load torch."""
    spec = importlib.util.find_spec("generators")
    folders = spec.submodule_search_locations if spec else None
    found: set[str] = set()
    for folder in folders or ():
        for path in Path(folder).glob("[a-z]*.py"):
            found.update(re.findall(r'^@register\(\s*"([^"]+)"', path.read_text(), re.MULTILINE))
    return sorted(found)


def dataset_names() -> list[str]:
    """Names of the data sets."""
    from sisbench import datasets

    return datasets.names()


def protocol_names() -> list[str]:
    """Names of the protocols."""
    from sisbench import protocols

    return protocols.names()


_COMPLETIONS = {"method": method_names, "dataset": dataset_names, "protocol": protocol_names}


def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the option by its name."""
    names = _COMPLETIONS[str(parameter.name)]()
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
