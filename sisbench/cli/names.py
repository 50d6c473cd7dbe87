"""Names for shell completion, found without importing torch."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import click
from click.shell_completion import CompletionItem


def method_names() -> list[str]:
    """Names of the methods."""
    return _registered("generators", "methods")


def metric_names() -> list[str]:
    """Names of the metrics."""
    return _registered("sisbench.metrics", "metrics")


def dataset_names() -> list[str]:
    """Names of the data sets."""
    from sisbench import datasets

    return datasets.names()


def protocol_names() -> list[str]:
    """Names of the protocols."""
    from sisbench import protocols

    return protocols.names()


def complete_methods(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a method."""
    return _items(method_names(), incomplete)


def complete_datasets(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a data set."""
    return _items(dataset_names(), incomplete)


def complete_protocols(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a protocol."""
    return _items(protocol_names(), incomplete)


def complete_scorings(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a protocol, or that of all presets of mIoU."""
    return _items(["all-miou", *protocol_names()], incomplete)


def complete_metrics(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last of several names of metrics with commas; those before it are not offered again."""
    before, comma, last = incomplete.rpartition(",")
    left = [name for name in ["all", *metric_names()] if name not in before.split(",")]
    return [CompletionItem(f"{before}{comma}{item.value}") for item in _items(left, last)]


def complete_users(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of what needs weights: a protocol or a metric."""
    return _items([*protocol_names(), *metric_names()], incomplete)


def _items(names: list[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_plugins(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a plug-in or of one of its entries."""
    from sisbench import plugins

    found = plugins.entries()
    return _items(sorted({e.declared.distribution for e in found} | {e.name for e in found}), incomplete)


def _registered(package: str, kind: str) -> list[str]:
    """Names that the files of a package register and that plug-ins declare: a key press must not load torch.

    The files' are read from their text, the plug-ins' from their metadata.
    """
    from sisbench import plugins

    root, *inner = package.split(".")
    spec = importlib.util.find_spec(root)  # of an inner package it would import the outer one
    folders = spec.submodule_search_locations if spec else None
    found = {entry.name for entry in plugins.entries(kind)}
    for folder in folders or ():
        for path in Path(folder, *inner).glob("[a-z]*.py"):
            found.update(re.findall(r'^@register\(\s*"([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE))
    return sorted(found)
