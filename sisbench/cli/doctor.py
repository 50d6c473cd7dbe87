"""`sisbench doctor`: what this machine can score, and why not the rest."""

from __future__ import annotations

import click


@click.command()
def doctor() -> None:
    """Show what is installed, which weights and data are there, and which numbers would be n/a.

    It downloads nothing. Every 'no' says what would turn it into a 'yes'.
    """
    import os

    import torch

    import generators
    import segmenters
    from sisbench import datasets, features, protocols, weights
    from sisbench import metrics as metric_registry
    from sisbench.errors import InputError
    from sisbench.record import environment

    device = "cuda" if torch.cuda.is_available() else "cpu"
    facts = environment(device, torch.get_num_threads())
    click.echo(f"python {facts['python']}, {facts['platform']}, {os.cpu_count()} cores, device {device}")
    for package, version in facts["packages"].items():
        click.echo(f"  {package} {version or 'not installed'}")
    for extra, module in (("mmseg", "mmseg"), ("cluster", "ray"), ("all", "tensorboard")):
        found = _installed(module)
        click.echo(f"  extra {extra}: " + ("installed" if found else f"no ({module}); pip install 'sisbench[{extra}]'"))

    click.echo("\nweights")
    for name in weights.names():
        try:
            _line(True, name, str(weights.find(name)))
        except InputError as error:
            _line(False, name, str(error))

    click.echo("\ndata")
    for name in datasets.names():
        try:
            _line(True, name, str(datasets.locate(datasets.get(name)).root))
        except InputError as error:
            _line(False, name, str(error))

    click.echo("\nsegmenters of the protocols")
    wanted = {
        scoring.segmentation.segmenter: scoring.segmentation.input_scale
        for protocol in map(protocols.get, protocols.names())
        for scoring in protocol.scorings
        if scoring.segmentation is not None
    }
    usable = {}
    for name in wanted:
        try:
            segmenters.create(name)
            usable[name] = True
            _line(True, name, "weights found and verified")
        except segmenters.SegmenterError as error:
            usable[name] = False
            _line(False, name, str(error))

    click.echo("\nnumbers by protocol")
    for protocol in map(protocols.get, protocols.names()):
        for scoring in protocol.scorings:
            missing = []
            for metric in protocol.metrics:
                needs = metric_registry.get(metric).needs
                if needs.startswith("feature:"):
                    try:
                        features.create(needs.removeprefix("feature:"))
                    except InputError:
                        missing.append(metric)
                elif needs == "labels" and scoring.segmentation and not usable[scoring.segmentation.segmenter]:
                    missing.append(metric)
            text = "all numbers" if not missing else f"n/a: {', '.join(missing)} (see above)"
            _line(not missing, f"{protocol.name} on {scoring.dataset}", text)

    click.echo("\nmethods")
    for name in generators.names():
        info = generators.info(name)
        vgg = [r for r, recipe in info.recipes.items() if recipe.loss_weights.get("vgg")]
        text = f"recipes {', '.join(info.recipes)}" + (
            f"; {', '.join(vgg)} need the weights vgg19-imagenet" if vgg else ""
        )
        _line(True, name, text)


def _installed(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def _line(good: bool, name: str, text: str) -> None:
    click.echo(f"  {'yes' if good else 'no '}  {name}: {text}")
