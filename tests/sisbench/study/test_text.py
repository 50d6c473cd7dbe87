from __future__ import annotations

import csv
import io
from pathlib import Path

from sisbench.study.answers import Answer, Sheet
from sisbench.study.key import Key
from sisbench.study.make import Made
from sisbench.study.score import Scores, score
from sisbench.study.text import COLUMNS, design, table, to_csv
from tests.sisbench.study.samples import make_key, prefer


def scored(key: Key, *raters: int) -> Scores:
    sheets = [
        Sheet(Path("a.json"), rater, tuple(Answer(t, prefer("spade")(t), 2000) for t in key.trials if t.rater == rater))
        for rater in raters
    ]
    return score(key, sheets)


def test_design() -> None:
    text = design(Made(Path("s.html"), Path("s.key.json"), make_key(), 16, 3.14))
    assert "3 raters, 8 comparisons and 2 vigilance pairs each" in text
    assert "\nlggan vs. spade       24        8         12 / 12\n" in text
    assert "page  s.html (16 pictures, 3.1 MB)" in text
    assert "key   s.key.json: keep it from them" in text


def test_table() -> None:
    key = make_key()
    lines = table(scored(key, 1, 2, 3)).splitlines()
    assert lines[0] == f"study {key.study[:8]}, Which one?"
    assert lines[2].split("  ")[0] == "preferred"
    assert lines[4].split() == ["lggan", "vs.", "spade", "0.0", "0.0", "..", "32.4", "24", "3", "8"]
    assert lines[8].split() == ["1", "10/10", "2/2", "50", "%", "2.0", "s", "yes"]
    assert lines[-2:] == [
        "3 raters: the intervals are wide, since little is known of how raters differ",
        "50 % is a tie; intervals are for other raters and other layouts of the same kind",
    ]


def test_missing_raters_are_named() -> None:
    assert "no file of raters 1, 3" in table(scored(make_key(), 2))
    assert "no file" not in table(scored(make_key(), 1, 2, 3))


def test_csv_has_one_line_per_pair() -> None:
    key = make_key(("a,b", "spade", 'c"d'), trials=6)
    rows = list(csv.DictReader(io.StringIO(to_csv(scored(key, 1, 2, 3)))))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["method"], row["against"]) for row in rows] == [("a,b", "spade"), ("a,b", 'c"d'), ("spade", 'c"d')]
    assert (rows[0]["value"], rows[2]["value"], rows[2]["high"]) == ("0.0", "100.0", "100.0")
    assert {row["study"] for row in rows} == {key.study}
    assert {row["dataset"] for row in rows} == {"tinytown"}
