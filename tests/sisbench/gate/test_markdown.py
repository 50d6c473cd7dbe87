"""The comment on a pull request: what GitHub renders is what the files say, and no more than that."""

from __future__ import annotations

import re

from sisbench.gate import Matched, check
from sisbench.gate.markdown import MARKER, escaped, markdown
from sisbench.gate.subjects import Subject
from tests.sisbench.gate.factories import subject

HOSTILE = "<script>alert(1)</script>|`**x**`[a](https://evil)$y$ @all #1\n# head"


def found(*pairs: tuple[Subject, Subject], missing: tuple[Subject, ...] = (), strict: bool = False) -> str:
    return markdown(check(Matched(pairs, missing, ()), strict=strict))


def test_a_failure_is_open_and_what_changed_is_folded() -> None:
    text = found((subject(path="b.json"), subject({"psnr": 15.0}, path="r.json", seed=1)))
    assert text.startswith(f"{MARKER}\n\n### ❌ sisbench check FAILED: 1 regressed, 2 unchanged, 1 n/a\n\n**lggan on")
    assert "\n| psnr ↑ | 16.000 | 15.000 | -1.000 | 0.010 | **REGRESSED** |\n" in text
    (folded,) = re.findall(
        r"<details><summary>What else changed: 1</summary>\n\n(.*?)\n\n</details>\n", text, re.DOTALL
    )
    assert folded.splitlines()[2:] == ["|  | file | b.json | r.json |", "| seed | seed | 0 | 1 |"]


def test_what_passed_is_folded() -> None:
    text = found((subject(), subject()))
    assert text.startswith(f"{MARKER}\n\n### ✅ sisbench check passed: 3 unchanged, 1 n/a\n\n<details>")
    assert "**" not in text
    assert "<summary>What else changed: nothing that is recorded</summary>" in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_every_row_has_its_cells() -> None:
    hostile = {HOSTILE: 1.0}
    text = found((subject(hostile), subject({HOSTILE: 0.5}, provenance={HOSTILE: HOSTILE})))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5, 7}
    assert len(rows) == 2 + 5 + 2 + 1 + 1


def test_names_are_shown_and_not_obeyed() -> None:
    one = subject({"psnr": 15.0}, method=HOSTILE, recipe="<img src=x>")
    for text in (found((one, one)), found((subject(method=HOSTILE), one)), found(missing=(one,))):
        assert "<script" not in text and "<img" not in text
        assert re.search(r"[@#](?!<!-- -->|## )", text.removeprefix(MARKER).replace("###", "")) is None
        assert not any(line.startswith("# ") for line in text.splitlines())
    assert escaped("[a](https://evil)") == r"\[a\](https\://evil)"


def test_the_same_files_give_the_same_bytes() -> None:
    assert found((subject(), subject(seed=1))) == found((subject(), subject(seed=1)))
