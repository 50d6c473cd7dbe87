"""`sisbench table` against plain transcriptions of the papers' tables: every cell, in every text format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from sisbench.cli.table import table
from tests.leaderboards.test_published import TRANSCRIPTION, WIDE

FACTS = ("params_millions", "multimodality", "vgg_loss")
WORDS = {"encoder": "Encoder", "3d_noise": "3D noise"}
Rows = list[list[str]]


def printed(name: str, facts: bool = True) -> Rows:
    """The rows of a paper's table as transcribed: name, facts, numbers; what is not reported is empty."""
    rows = []
    with (TRANSCRIPTION / WIDE[name]).open(newline="", encoding="utf-8") as stream:
        for line in csv.DictReader(stream):
            if line.get("kl_mean"):
                line["kl_mean"] += f" ± {line['kl_std']}"
            line.pop("kl_std", None)
            if line.get("params_millions"):
                line["params_millions"] += "M"
            named = f"{line['setup']}: {line['description']}" if "setup" in line else next(iter(line.values()))
            told = [WORDS.get(line[f], line[f]) for f in FACTS if f in line] if facts else []
            skipped = ("method", "comparison", "setup", "description", "citation_key", "year", *FACTS)
            rows.append([named, *told, *(value for key, value in line.items() if key not in skipped)])
    assert len(rows) >= 4
    return rows


def run(name: str, form: str) -> str:
    command = [name, "--format", form, "--no-promoted"]
    result = CliRunner().invoke(table, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(autouse=True)
def without_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", WIDE)
def test_csv(name: str) -> None:
    rows: dict[str, list[str]] = {}
    for line in csv.DictReader(io.StringIO(run(name, "csv"))):
        rows.setdefault(line["row"], [line["row_title"]]).append(line["published_text"])
        if line["published_text"]:
            assert float(line["published"]) == float(line["published_text"].partition(" ")[0])
    assert list(rows.values()) == printed(name, facts=False)


@pytest.mark.parametrize("name", WIDE)
def test_csv_names_the_columns_as_the_transcription_does(name: str) -> None:
    with (TRANSCRIPTION / WIDE[name]).open(newline="", encoding="utf-8") as stream:
        head = [column.replace("kl_mean", "kl") for column in next(csv.reader(stream)) if column != "kl_std"]
    found = list(dict.fromkeys(line["column"] for line in csv.DictReader(io.StringIO(run(name, "csv")))))
    assert found == head[-len(found) :]


@pytest.mark.parametrize("name", WIDE)
def test_json(name: str) -> None:
    (found,) = json.loads(run(name, "json"))["tables"]
    keys = [column["key"] for column in found["columns"]]
    rows = [
        [
            row["title"],
            *(row["facts"][fact] for fact in found["fact_columns"]),
            *(row["cells"].get(key, {}).get("published_text", "") for key in keys),
        ]
        for row in found["rows"]
    ]
    assert rows == printed(name)


def from_markdown(text: str) -> Rows:
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [[re.sub(r"<sup>\d+</sup>|\*\*|(?<!\\)_|\\", "", cell).replace("&gt;", ">") for cell in row] for row in rows]


def from_latex(text: str) -> Rows:
    body = text.partition("\\begin{tabular}")[2].partition("\\end{tabular}")[0]
    rows = []
    for line in body.splitlines():
        if line.endswith(" \\\\") and "\\multicolumn" not in line and "arrow$" not in line:
            plain = re.sub(r"\\textsuperscript\{\d+\}", "", line.removesuffix(" \\\\"))
            plain = re.sub(r"\\(textbf|underline)\{([^}]*)\}", r"\2", plain)
            rows.append([cell.strip() for cell in plain.replace("$\\pm$", "±").replace("\\#", "#").split(" & ")])
    return rows


class Cells(HTMLParser):
    """Texts of the cells of all body rows, without what is raised."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows = []
        self._in_body = self._in_cell = self._raised = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._in_body |= tag == "tbody"
        if tag == "tr" and self._in_body:
            self.rows.append([])
        if tag in ("td", "th") and self._in_body:
            self.rows[-1].append("")
            self._in_cell = True
        self._raised |= tag == "sup"

    def handle_endtag(self, tag: str) -> None:
        self._in_body &= tag != "tbody"
        self._in_cell &= tag not in ("td", "th")
        self._raised &= tag != "sup"

    def handle_data(self, data: str) -> None:
        if self._in_body and self._in_cell and not self._raised:
            self.rows[-1][-1] += data


def from_html(text: str) -> Rows:
    parser = Cells()
    parser.feed(text)
    return parser.rows


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize(("form", "parse"), [("markdown", from_markdown), ("latex", from_latex), ("html", from_html)])
def test_what_people_read(name: str, form: str, parse: Callable[[str], Rows]) -> None:
    assert parse(run(name, form)) == printed(name)


@pytest.mark.parametrize("name", WIDE)
def test_terminal(name: str) -> None:
    """Columns may be folded into blocks; put together again, every row has its numbers in order."""
    found: dict[int, list[str]] = {}
    rows = printed(name)
    lines = run(name, "terminal").partition("\n\n")[2]
    for block in lines.split("\n\n")[:-1]:
        body = [line for line in block.splitlines() if not line.startswith("---")]
        titles, position = [row[0] for row in rows], -1
        for line in body:
            for later in range(position + 1, len(titles)):
                if line.startswith(f"{titles[later]}  ") or line == titles[later]:
                    position = later
                    numbers = line[len(titles[later]) :].translate(str.maketrans("", "", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
                    found.setdefault(later, []).extend(re.split(r"\s{2,}", numbers.strip()))
                    break
    for i, row in enumerate(rows):
        facts = [f for f in row[1:] if re.fullmatch(r"\d+M|yes|no|Encoder|3D noise", f)]
        texts = [cell for cell in found[i] if cell and cell not in facts]
        assert texts == [cell for cell in row[1:] if cell and cell not in facts], row[0]


def test_best_and_worst_of_the_oasis_table() -> None:
    """Table 2 of OASIS marks the best of each column in bold and the worst in red."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in csv.DictReader(io.StringIO(run("oasis-2", "csv"))):
        if line["mark"]:
            found.setdefault((line["column"], line["mark"]), []).append(line["published_text"])
    assert found == {
        ("ms_ssim", "best"): ["0.35"],
        ("ms_ssim", "worst"): ["0.88"],
        ("lpips", "best"): ["0.50"],
        ("lpips", "worst"): ["0.15"],
        ("fid", "best"): ["28.3"],
        ("fid", "worst"): ["58.4"],
        ("miou", "best"): ["50.8"],
        ("miou", "worst"): ["18.7"],
    }
