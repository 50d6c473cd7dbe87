"""`sisbench list`: what there is, by name, and which package it comes from."""

from __future__ import annotations

from collections.abc import Sequence

import click

from sisbench.cli.screen import echo


@click.group("list")
def list_group() -> None:
    """List methods, data sets, metrics, protocols, segmenters or plug-ins."""


@list_group.command()
def methods() -> None:
    """Methods, with their recipes and papers."""
    import generators

    infos = [generators.info(name) for name in generators.names()]
    rows = [(i.name, i.task, ", ".join(i.recipes), _origin("methods", i.name), i.paper) for i in infos]
    _table(("method", "task", "recipes", "from", "paper"), rows)
    _broken("methods")


@list_group.command()
def datasets() -> None:
    """Data sets, with their sizes and where each comes from."""
    from sisbench import datasets as registry

    entries = [registry.get(name) for name in registry.names()]
    _table(
        ("dataset", "scored at", "samples", "labels", "directions", "protocol", "from", "licence"),
        [
            (
                card.name,
                "x".join(map(str, card.size)),
                ", ".join(f"{'?' if n is None else n} {split}" for split, n in card.counts.items()),
                f"{card.layout_channels}, {len(card.train_classes)} scored",
                ", ".join(entry.views.directions) if entry.views else "-",
                card.default_protocol,
                _origin("datasets", card.name),
                card.licence,
            )
            for entry in entries
            for card in (entry.card,)
        ],
    )
    _broken("datasets")


@list_group.command()
def metrics() -> None:
    """Metrics, with what each needs.

    A metric of several numbers lists them below itself: tables and 'sisbench compare' go by these names.
    """
    from sisbench import metrics as registry

    rows = []
    for name in registry.names():
        metric = registry.get(name)
        direction = "higher" if metric.higher_is_better else "lower"
        summary = (metric.__doc__ or "").strip().partition("\n")[0]
        rows.append((name, direction, metric.needs, _origin("metrics", name), summary))
        if metric.outputs != (name,):
            rows.append(("", "", "", "", f"  numbers: {', '.join(metric.outputs)}"))
    _table(("metric", "better", "needs", "from", "what it is"), rows)
    _broken("metrics")


@list_group.command()
def protocols() -> None:
    """Protocols, with the data sets that each covers."""
    from sisbench import protocols as registry

    entries = [registry.get(name) for name in registry.names()]
    rows = [
        (p.name, ", ".join(s.dataset for s in p.scorings), ", ".join(p.metrics), _origin("protocols", p.name), p.source)
        for p in entries
    ]
    _table(("protocol", "datasets", "metrics", "from", "source"), rows)
    _broken("protocols")


@list_group.command()
def segmenters() -> None:
    """Segmentation networks."""
    import segmenters as room

    infos = [room.info(name) for name in room.names()]
    rows = [
        (
            i.name,
            ", ".join(f"{i.name}.{w.tag}" for w in i.weights) or "-",
            _origin("segmenters", i.name),
            i.summary,
            i.paper,
        )
        for i in infos
    ]
    rows.append(("mmseg:CONFIG", "-", "mmsegmentation", "Any model of mmsegmentation, by its configuration.", "-"))
    rows.append(("oasis-d:RUN", "-", "sisbench", "The discriminator of an OASIS run.", "Schönfeld et al., ICLR 2021"))
    _table(("segmenter", "with weights", "from", "what it is", "paper"), rows)
    _broken("segmenters")


@list_group.command("plugins")
def plugins_() -> None:
    """Plug-ins: other packages whose entries sisbench finds.

    Nothing of them is imported; 'sisbench check-plugin' looks at what they hold.
    """
    from sisbench import plugins

    found = plugins.entries()
    if not found:
        echo("no plug-in is installed")
        return
    _table(
        ("plug-in", "kind", "name", "module"),
        [(entry.declared.origin, entry.kind, entry.name, entry.declared.value) for entry in found],
    )


def _origin(kind: str, name: str) -> str:
    from sisbench import plugins

    return plugins.origin(kind, name)


def _broken(kind: str) -> None:
    """Name the plug-ins of a kind that cannot be used, each with its reason."""
    from sisbench import plugins

    for problem in plugins.problems(kind):
        echo(f"broken plug-in  {problem}")


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns; the last one is not padded."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header) - 1)]
    for row in [header, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        echo("  ".join([*cells, row[-1]]).rstrip())
