"""The page: one HTML file that holds everything, asks no server for anything, and runs no script but its own.

Its scripts and styles are named by their digests in a content security policy, so markup that slipped in through a
name could not run even if it were not escaped. Pictures are text inside inert `<script>` elements: a browser reads
past them when it opens the page, and decodes those of a row when the row is scrolled into view.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from sisbench.errors import counted
from sisbench.report import leaderboard, sections
from sisbench.report.collect import Run
from sisbench.report.facts import short_facts
from sisbench.report.galleries import Extremes, Gallery
from sisbench.report.images import Encoded, Size

_SCRIPTS = ("base.js", "leaderboard.js", "gallery.js", "viewer.js", "ranking.js", "drawer.js")
"""In the order in which they run, as parts of one function: none of their names reaches the page."""


@dataclass(frozen=True)
class Shown:
    """The pictures of the page.

    Attributes:
        galleries: What is shown.
        rankings: By run, the best and worst images by output.
        encoded: By gallery, key and column.
        size: What pictures were reduced to; None where there are none.
    """

    galleries: Sequence[Gallery]
    rankings: Sequence[Mapping[str, Extremes]]
    encoded: Mapping[tuple[int, str, int], Encoded]
    size: Size | None


def render(title: str, runs: Sequence[Run], shown: Shown, notes: Sequence[str]) -> bytes:
    """Return the page.

    Args:
        title: Its heading.
        runs: All runs.
        shown: The pictures.
        notes: What a reader must know, one line each.
    """
    boards = leaderboard.boards(runs)
    style, script = _style(), _script()
    chunks, places, problems = _chunks(shown)
    parts = {
        "policy": _policy(style, script),
        "title": escape(title),
        "summary": escape(_summary(runs)),
        "style": style,
        "script": script,
        "notes": _notes(notes),
        "leaderboard": "".join(leaderboard.table(board, number) for number, board in enumerate(boards)),
        "gallery_note": escape(_gallery_note(shown)),
        "runs": "".join(sections.section(run, number) for number, run in enumerate(runs)),
        "data": inert(_data(runs, shown, places, problems)),
        "chunks": chunks,
    }
    # One pass over the template alone: what a name holds is never looked at again.
    page = re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _asset("report.html"))
    return page.encode("utf-8", errors="backslashreplace")  # names of files need not be UTF-8


def inert(value: Any) -> str:
    r"""Return JSON that cannot end the script element it stands in.

    >>> inert("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _asset(name: str) -> str:
    return files("sisbench.report").joinpath("template", name).read_text(encoding="utf-8")


def _style() -> str:
    return "\n" + _asset("report.css") + _asset("viewer.css")


def _script() -> str:
    return '\n(() => {\n"use strict";\n' + "".join(map(_asset, _SCRIPTS)) + "})();\n"


def _policy(style: str, script: str) -> str:
    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    return (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _summary(runs: Sequence[Run]) -> str:
    def names(kind: str, found: list[str]) -> str:
        distinct = sorted(set(found))
        return (
            f"{counted(len(distinct), kind)} ({', '.join(distinct)})"
            if len(distinct) < 5
            else counted(len(distinct), kind)
        )

    return "; ".join(
        (
            counted(len(runs), "run"),
            counted(len({run.method for run in runs}), "method"),
            names("data set", [run.dataset for run in runs]),
            names("protocol", [run.protocol for run in runs]),
        )
    )


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    lines = "".join(f"<li>{escape(note)}</li>" for note in notes)
    head = f"<summary>{counted(len(notes), 'note')} on this page</summary>"
    return f'<details class="notes-box" open>{head}<ul>{lines}</ul></details>'


def _gallery_note(shown: Shown) -> str:
    if shown.size is None:
        return "There are no images: give run folders with images to see them."
    return (
        f"Pictures are WebP, at most {shown.size.width} pixels wide, photos at quality {shown.size.quality}. Judge "
        "details on the files themselves."
    )


def _chunks(shown: Shown) -> tuple[str, dict[tuple[int, str], int], list[str]]:
    """Return one inert element for each sample, its number by gallery and key, and what is wrong with pictures."""
    elements: list[str] = []
    places: dict[tuple[int, str], int] = {}
    problems: list[str] = []
    for number, gallery in enumerate(shown.galleries):
        for key, columns in gallery.cells.items():
            lines = []
            for column in columns:
                one = shown.encoded[number, key, column]
                lines.append(f"{column} {one.base64}" if one.base64 else f"{column} !{len(problems)}")
                if not one.base64:
                    problems.append(one.problem)
            places[number, key] = len(places)
            body = "\n".join(lines)
            elements.append(f'<script type="text/plain" id="chunk-{places[number, key]}">{body}</script>\n')
    return "".join(elements), places, problems


def _data(
    runs: Sequence[Run], shown: Shown, places: Mapping[tuple[int, str], int], problems: Sequence[str]
) -> dict[str, Any]:
    gallery_of = {(g.dataset, g.split): number for number, g in enumerate(shown.galleries)}
    return {
        "runs": [
            {
                "label": run.label,
                "method": run.method,
                "dataset": run.dataset,
                "protocol": run.protocol,
                "text": " ".join((run.label, run.method, run.dataset, short_facts(run))).lower(),
                "gallery": gallery_of.get((run.dataset, run.split), -1),
                "ranking": {
                    output: {side: _ranked(getattr(ends, side)) for side in ("worst", "best")}
                    for output, ends in ranking.items()
                },
                "ranked": run.shares is not None,
            }
            for run, ranking in zip(runs, shown.rankings, strict=True)
        ],
        "galleries": [
            {
                "dataset": gallery.dataset,
                "split": gallery.split,
                "reason": gallery.reason,
                "total": gallery.total,
                "size": gallery.size,
                "columns": gallery.columns,
                "shown": gallery.shown,
                "chunks": {key: places[number, key] for key in gallery.cells},
            }
            for number, gallery in enumerate(shown.galleries)
        ],
        "problems": problems,
    }


def _ranked(side: Sequence[tuple[str, float]]) -> list[tuple[str, str]]:
    return [(key, f"{value:.4g}") for key, value in side]
