"""`sisbench list`: what there is, by name."""

from __future__ import annotations

from collections.abc import Sequence

import click


@click.group("list")
def list_group() -> None:
    """List methods, data sets, metrics, protocols or segmenters."""


@list_group.command()
def methods() -> None:
    """Methods, with their recipes and papers."""
    import generators

    infos = [generators.info(name) for name in generators.names()]
    _table(("method", "task", "recipes", "paper"), [(i.name, i.task, ", ".join(i.recipes), i.paper) for i in infos])


@list_group.command()
def datasets() -> None:
    """Data sets, with their sizes and where each comes from."""
    from sisbench import datasets as registry

    cards = [registry.get(name).card for name in registry.names()]
    _table(
        ("dataset", "scored at", "samples", "labels", "protocol", "licence"),
        [
            (
                card.name,
                "x".join(map(str, card.size)),
                ", ".join(f"{n} {split}" for split, n in card.counts.items()),
                f"{card.layout_channels}, {len(card.train_classes)} scored",
                card.default_protocol,
                card.licence,
            )
            for card in cards
        ],
    )


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
        rows.append((name, direction, metric.needs, (metric.__doc__ or "").splitlines()[0]))
        if metric.outputs != (name,):
            rows.append(("", "", "", f"  numbers: {', '.join(metric.outputs)}"))
    _table(("metric", "better", "needs", "what it is"), rows)


@list_group.command()
def protocols() -> None:
    """Protocols, with the data sets that each covers."""
    from sisbench import protocols as registry

    entries = [registry.get(name) for name in registry.names()]
    _table(
        ("protocol", "datasets", "metrics", "source"),
        [(p.name, ", ".join(s.dataset for s in p.scorings), ", ".join(p.metrics), p.source) for p in entries],
    )


@list_group.command()
def segmenters() -> None:
    """Segmentation networks."""
    import segmenters as room

    infos = [room.info(name) for name in room.names()]
    rows = [(i.name, ", ".join(f"{i.name}.{w.tag}" for w in i.weights) or "-", i.summary, i.paper) for i in infos]
    _table(("segmenter", "with weights", "what it is", "paper"), rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns; the last one is not padded."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header) - 1)]
    for row in [header, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())
