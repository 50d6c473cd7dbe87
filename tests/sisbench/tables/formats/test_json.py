"""Tables in JSON."""

from __future__ import annotations

import json as json_module

from sisbench.tables.formats.json import json
from tests.sisbench.tables.example import HOSTILE, example, hostile


def test_rows_hold_their_cells() -> None:
    (table,) = json_module.loads(json([example()]))["tables"]
    assert [column["key"] for column in table["columns"]] == ["miou", "fid", "lpips"]
    assert table["columns"][0]["scale"] == 100.0
    a, b, c, d = table["rows"]
    assert a["cells"]["miou"] == {
        **{"mark": "worst", "published": 40.0, "published_text": "40.0", "published_protocol": "in words"},
        **{"published_note": "second-hand", "source": "Paper", "source_table": "Table 1", "reason": "no record"},
    }
    assert b["cells"]["fid"]["measured"] == 30.44
    assert "low" not in b["cells"]["fid"]  # it has no standard error
    assert c["cells"].keys() == {"fid"}  # of the others nothing is known
    assert c["cells"]["fid"]["complete"] is False
    assert d["cells"]["lpips"] == {"reason": "no record; not in the paper"}
    assert table["footnotes"] == ["A footnote."]


def test_only_what_is_asked_for_is_written() -> None:
    (table,) = json_module.loads(json([example()], ["n"]))["tables"]
    assert table["rows"][1]["cells"]["miou"] == {"n": 500, "mark": "best"}


def test_hostile_text_comes_back_as_it_was() -> None:
    (table,) = json_module.loads(json([hostile()]))["tables"]
    assert table["rows"][0]["title"] == HOSTILE
    assert table["rows"][0]["cells"]["k"]["recipe"] == HOSTILE
