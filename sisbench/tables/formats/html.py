"""A table in HTML: plain markup that screen readers follow, and a page around it that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sisbench.tables.formats._grid import Entry, Grid, Text, grid
from sisbench.tables.formats._notes import QUANTITIES, Quantity
from sisbench.tables.formats._slug import slug
from sisbench.tables.model import Table

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
.sisbench { margin: 2rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; border-block: 2px solid; font-variant-numeric: tabular-nums; }
caption { text-align: start; font-weight: 600; padding-block: .5rem; }
th, td { padding: .15rem .6rem; text-align: end; white-space: nowrap; }
tbody th, .left { text-align: start; font-weight: normal; vertical-align: top; }
th[scope=colgroup] { text-align: center; border-bottom: 1px solid; }
thead { border-bottom: 1px solid; }
tbody.rule { border-top: 1px solid; }
tbody.several > tr:first-child > * { padding-top: .6rem; }
th.label { opacity: .75; }
td.best { font-weight: 700; }
td.worst { text-decoration: underline; }
sup { font-size: .7em; line-height: 0; }
.notes { font-size: .87rem; list-style: none; max-width: 60rem; padding: 0; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html(table: Table, show: Sequence[Quantity] = QUANTITIES) -> str:
    """Return a `section` with the table and its notes; best and worst numbers have the classes `best` and `worst`.

    Args:
        table: The table.
        show: What to show of every cell.
    """
    text = grid(table, show)
    left = "" if text.groups else "".join(_left_head(name, 1) for name in text.heads)
    head = [*_group_row(text), f"<tr>{left}{_titles(text)}</tr>"]
    bodies = [_body(entry, text.labelled) for entry in text.entries]
    notes = [f"<li>{_raised(note.marker)}{' ' if note.marker else ''}{escape(note.text)}</li>" for note in text.notes]
    title = escape(text.title)
    lines = [
        f'<section class="sisbench" id="{slug(table.name)}">',
        f'<div class="scroll" role="region" aria-label="{title}" tabindex="0">',
        "<table>",
        f"<caption>{title}</caption>",
        "<thead>",
        *head,
        "</thead>",
        *bodies,
        "</table>",
        "</div>",
        *(['<ul class="notes">', *notes, "</ul>"] if notes else []),
        "</section>",
    ]
    return "\n".join(lines) + "\n"


def page(fragments: Sequence[str], title: str, before: str = "") -> str:
    """Return a whole page, which opens from disk and asks nothing of any server.

    Args:
        fragments: What `html` returned.
        title: Title of the page, as plain text.
        before: Markup between the title and the tables.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{before}{"".join(fragments)}</main>
</body>
</html>
"""


def _left_head(name: str, lines: int) -> str:
    """Heading of one of the first columns, over one or both head lines; none over the labels."""
    span = f' rowspan="{lines}"' if lines > 1 else ""
    return f'<th class="left" scope="col"{span}>{escape(name)}</th>' if name else f"<td{span}></td>"


def _group_row(text: Grid) -> list[str]:
    if not text.groups:
        return []
    left = "".join(_left_head(name, 2) for name in text.heads)
    groups = "".join(
        f'<th scope="colgroup" colspan="{size}">{escape(name)}</th>' if name else f'<td colspan="{size}"></td>'
        for name, size in text.groups
    )
    return [f"<tr>{left}{groups}</tr>"]


def _titles(text: Grid) -> str:
    return "".join(f'<th scope="col">{escape(title)}</th>' for title in text.titles)


def _body(entry: Entry, labelled: bool) -> str:
    """One row of the table; its name and facts span its lines."""
    n = len(entry.lines)
    span = f' rowspan="{n}"' if n > 1 else ""
    scope = "rowgroup" if n > 1 else "row"
    facts = "".join(f'<td class="left"{span}>{escape(fact)}</td>' for fact in entry.facts)
    rows = []
    for i, line in enumerate(entry.lines):
        left = f'<th scope="{scope}"{span}>{escape(entry.title)}</th>{facts}' if i == 0 else ""
        label = f'<th scope="row" class="label">{escape(line.label)}</th>' if labelled else ""
        rows.append(f"<tr>{left}{label}{''.join(map(_cell, line.cells))}</tr>")
    names = " ".join(name for name, wanted in (("rule", entry.rule), ("several", n > 1)) if wanted)
    return "\n".join([f'<tbody class="{names}">' if names else "<tbody>", *rows, "</tbody>"])


def _cell(cell: Text) -> str:
    mark = f' class="{cell.mark}"' if cell.mark else ""
    return f"<td{mark}>{escape(cell.text).replace('-', '−')}{_raised(cell.suffix)}</td>"


def _raised(suffix: str) -> str:
    return f"<sup>{suffix}</sup>" if suffix else ""
