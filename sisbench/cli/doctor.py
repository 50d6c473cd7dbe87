"""`sisbench doctor`: what this machine can score, and why not the rest."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from sisbench.cli.screen import echo

if TYPE_CHECKING:
    from sisbench.card import Scoring


@click.command()
def doctor() -> None:
    """Show what is installed, which weights and data are there, and which numbers would be n/a.

    It downloads nothing. Every 'no' says what would turn it into a 'yes'.
    """
    import os

    import torch

    import generators
    import segmenters
    from sisbench import datasets, plugins, protocols, weights
    from sisbench.errors import InputError
    from sisbench.record import environment

    device = "cuda" if torch.cuda.is_available() else "cpu"
    facts = environment(device, torch.get_num_threads())
    echo(f"python {facts['python']}, {facts['platform']}, {os.cpu_count()} cores, device {device}")
    for package, version in facts["packages"].items():
        echo(f"  {package} {version or 'not installed'}")
    for extra, module in (("mmseg", "mmseg"), ("cluster", "ray"), ("all", "tensorboard")):
        found = _installed(module)
        echo(f"  extra {extra}: " + ("installed" if found else f"no ({module}); pip install 'sisbench[{extra}]'"))

    echo("\nplug-ins")
    for kind in plugins.GROUPS:
        broken = {problem.name: problem for problem in plugins.problems(kind)}
        for entry in plugins.entries(kind):
            if entry.name not in broken:
                _line(True, f"{kind} {entry.name}", f"from {entry.declared.origin}")
        for problem in broken.values():
            _line(False, f"{kind} {problem.name}", f"from {problem.origin}: {problem.reason}")

    echo("\nweights")
    told: dict[str, str] = {}
    for name in weights.names():
        try:
            _line(True, name, str(weights.find(name)))
        except InputError as error:
            told[str(error)] = f"lacks the weights {name} (see above)"
            _line(False, name, str(error))

    echo("\ndata")
    for name in datasets.names():
        try:
            _line(True, name, str(datasets.locate(datasets.get(name)).root))
        except InputError as error:
            _line(False, name, str(error))

    echo("\nnetworks of the metrics")
    reasons: dict[str, str | None] = {}
    for name, build in _networks().items():
        try:
            build()
            reasons[name] = None
            _line(True, name, "weights found and verified")
        except (InputError, segmenters.SegmenterError) as error:
            reasons[name] = str(error)
            text = str(error).removeprefix(f"{name.partition(' ')[2]}: ")
            _line(False, name, told.get(text, text))

    echo("\nnumbers by protocol")
    for protocol in map(protocols.get, protocols.names()):
        for scoring in protocol.scorings:
            needed = {metric: _network_of(metric, scoring) for metric in protocol.metrics}
            missing = [metric for metric, name in needed.items() if name and reasons[name]]
            text = "all numbers" if not missing else f"n/a: {', '.join(missing)} (see above)"
            _line(not missing, f"{protocol.name} on {scoring.dataset}", text)

    echo("\nmethods")
    for name in generators.names():
        info = generators.info(name)
        text = f"recipes {', '.join(info.recipes)}"
        files = {r: recipe.vgg_weights for r, recipe in info.recipes.items() if recipe.loss_weights.get("vgg")}
        for file in dict.fromkeys(files.values()):
            text += f"; {', '.join(r for r in files if files[r] == file)} need the weights {file}"
        _line(True, name, text)


def _networks() -> dict[str, Callable[[], object]]:
    """How to build every network that a protocol or a metric needs, by label."""
    import segmenters
    from sisbench import features, metrics, protocols, scene_head
    from sisbench.card import ANY, Scoring
    from sisbench.features import lpips

    def feature(network: str, head: str) -> None:
        net = features.create(network)
        if head and head not in net.heads:
            scene_head.attach(net, head)

    everything = [(p.metrics, s) for p in map(protocols.get, protocols.names()) for s in p.scorings]
    everything.append((tuple(metrics.names()), Scoring(dataset=ANY, size=None, segmentation=None)))
    builders: dict[str, Callable[[], object]] = {}
    for names, scoring in everything:
        for label in filter(None, (_network_of(metric, scoring) for metric in names)):
            kind, _, name = label.partition(" ")
            if kind == "segmenter":
                builders[label] = functools.partial(segmenters.create, name)
            elif name.startswith("lpips-"):
                builders[label] = functools.partial(lpips.create, name.removeprefix("lpips-"))
            else:
                builders[label] = functools.partial(feature, *name.partition("/")[::2])
    return builders


def _network_of(metric: str, scoring: Scoring) -> str | None:
    """Label of the network behind a metric, None if it needs none."""
    from sisbench import metrics

    kind, _, network = metrics.get(metric).needs.partition(":")
    if kind == "labels" and scoring.segmentation:
        return f"segmenter {scoring.segmentation.segmenter}"
    if kind == "probabilities" and scoring.classifier:
        return f"features {scoring.classifier}"
    return f"features {network}" if kind == "feature" or network.startswith("lpips-") else None


def _installed(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def _line(good: bool, name: str, text: str) -> None:
    echo(f"  {'yes' if good else 'no '}  {name}: {text}")
