from __future__ import annotations

import json
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.study.key import Key
from tests.sisbench.study.samples import make_key, save


def test_round_trip(tmp_path: Path) -> None:
    key = make_key(("<b>&'\"", "b/../c", "日本"))
    key.write(tmp_path / "study.key.json")
    back = Key.read(tmp_path / "study.key.json")
    assert back == key
    assert list(back.methods) == list(key.methods)  # their order says whose preference is reported
    assert back.study == key.study == key.to_json()["digest"]


def test_a_study_is_named_by_all_of_it() -> None:
    studies = [make_key().study, make_key(seed=1).study, make_key(("spade", "lggan")).study, make_key(raters=4).study]
    assert len(set(studies)) == 4


def test_keys_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.key.json"
    with pytest.raises(InputError, match=r"cannot be read as the key of a study .*\.key\.json that"):
        Key.read(path)
    with pytest.raises(InputError, match="is not the key of a study"):
        Key.read(save(path, {"kind": "sisbench study answers"}))
    value = make_key().to_json()
    with pytest.raises(InputError, match="has schema 2; this version of sisbench reads schema 1"):
        Key.read(save(path, value | {"schema": 2}))
    edited = json.loads(json.dumps(value))
    edited["trials"][0]["first"]["method"] = "spade2"
    with pytest.raises(InputError, match="edited or damaged"):
        Key.read(save(path, edited))
    path.write_text(json.dumps(value)[:100])
    with pytest.raises(InputError, match="cannot be read as the key"):
        Key.read(path)
