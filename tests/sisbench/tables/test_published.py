"""Reading published numbers: what is kept, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.tables import published
from sisbench.tables.model import Published

HEAD = "table,row,method,variant,citation_key,year,dataset,metric,value,spread,unit,source,source_table,protocol,note"
LINES = (
    "one,a,A,,key2020,2020,town,fid,41.0,,,Paper,Table 1,as usual,",
    "one,a,A,,key2020,2020,town,kl,2.55,0.95,,Paper,Table 1,,from the caption",
    "one,a,A,,key2020,2020,,vgg_loss,yes,,,Paper,Table 1,,",
)
CITATIONS = ("citation_key,authors,title,venue,year", "key2020,Some One,A title,CVPR,2020")
CONFLICTS = ("conflict,table,row,dataset,metric,value,statement",)


def folder(
    root: Path,
    lines: tuple[str, ...] = LINES,
    citations: tuple[str, ...] = CITATIONS,
    conflicts: tuple[str, ...] = CONFLICTS,
    **more: tuple[str, ...],
) -> Path:
    files = {"one": (HEAD, *lines), "citations": citations, "conflicts": conflicts, **more}
    for name, content in files.items():
        (root / f"{name}.csv").write_text("".join(f"{line}\n" for line in content), encoding="utf-8")
    return root


def test_values_are_kept_as_printed(tmp_path: Path) -> None:
    data = published.load(folder(tmp_path))
    fid, kl = data.find("one", "a", "town", "fid"), data.find("one", "a", "town", "kl")
    assert fid is not None
    assert fid.for_cell() == Published(41.0, "41.0", "Paper", "Table 1", "key2020", "as usual", "")
    assert kl is not None
    assert kl.for_cell() == Published(2.55, "2.55 ± 0.95", "Paper", "Table 1", "key2020", "", "from the caption")
    fact = data.fact("one", "a", "vgg_loss")
    assert fact is not None
    assert fact.text == "yes"
    assert data.find("one", "a", "town", "miou") is None
    assert data.citations["key2020"].venue == "CVPR"


def test_a_conflict_is_a_note_on_every_side(tmp_path: Path) -> None:
    other = (HEAD, "two,b,A,,key2020,2020,town,fid,40.9,,,Poster,Table 9,,second-hand")
    sides = ("A on town,one,a,town,fid,41.0,the paper", "A on town,two,b,town,fid,40.9,the poster")
    data = published.load(folder(tmp_path, conflicts=(*CONFLICTS, *sides), two=other))
    one, two = data.find("one", "a", "town", "fid"), data.find("two", "b", "town", "fid")
    assert one is not None
    assert one.for_cell().note == "in conflict with 40.9 in two (the poster)"
    assert two is not None
    assert two.for_cell().note == "second-hand; in conflict with 41.0 in one (the paper)"
    assert [side.statement for side in data.conflicts] == ["the paper", "the poster"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"lines": (LINES[0].replace("41.0", "n/a"),)},
            r"one / a / town / fid is 'n/a'; expected a number .*Leave out",
        ),
        ({"lines": (LINES[0].replace("41.0", "nan"),)}, "'nan'; expected a number"),
        ({"lines": (LINES[1].replace("0.95", "inf"),)}, "'inf'; expected a number"),
        ({"lines": (LINES[0].replace("41.0", ""),)}, "is ''; expected a number"),
        ({"lines": (LINES[0], LINES[0])}, "one / a / town / fid has two values"),
        ({"lines": (LINES[0].replace("key2020", "nobody"),)}, r"one.csv cites 'nobody', which is not in citations.csv"),
        ({"lines": (LINES[0].replace("one", "two"),)}, r"one.csv holds a value of table 'two'; expected 'one'"),
        ({"lines": (f"{LINES[0]},more",)}, "one.csv, row 2: 16 cells; expected 15"),
        ({"lines": ('one,"a" b',)}, "one.csv cannot be read as published numbers"),
        ({"citations": ("key,authors",)}, "citations.csv has the columns 'key,authors'; expected 'citation_key,"),
        ({"citations": ()}, "citations.csv has the columns ''"),
        ({"conflicts": (*CONFLICTS, "x,one,a,town,fid,41,the paper")}, r"that one / a / town / fid is '41', .* '41.0'"),
        ({"conflicts": (*CONFLICTS, "x,one,z,town,fid,41.0,the paper")}, "where the data has None"),
    ],
)
def test_data_that_does_not_fit_is_refused(tmp_path: Path, change: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        published.load(folder(tmp_path, **change))


def test_files_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"citations\.csv cannot be read"):
        published.load(tmp_path)
    folder(tmp_path)
    (tmp_path / "one.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"one\.csv cannot be read .* expected a CSV file in UTF-8"):
        published.load(tmp_path)
