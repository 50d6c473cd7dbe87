"""JUnit XML: elements and attributes of the common schema, every number a case, nothing that breaks the document."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from sisbench.evaluation import NotAvailable
from sisbench.gate import Matched, check
from sisbench.gate.junit import junit
from sisbench.gate.subjects import Subject
from tests.sisbench.gate.factories import subject

# Of the schema that Jenkins publishes and most readers follow (junit-10.xsd): attributes and children of each element.
SCHEMA: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "time", "tests", "failures", "errors", "skipped"}, {"testcase"}),
    "testcase": ({"name", "classname", "time"}, {"failure", "skipped"}),
    "failure": ({"message", "type"}, set()),
    "skipped": ({"message", "type"}, set()),
}


def parsed(*pairs: tuple[Subject, Subject], missing: tuple[Subject, ...] = (), strict: bool = False) -> Element:
    root = ElementTree.fromstring(junit(check(Matched(pairs, missing, ()), strict=strict)))
    for element in root.iter():
        attributes, children = SCHEMA[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    assert root.get("failures") == str(len(root.findall(".//failure")))
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    return root


def test_one_case_for_every_number() -> None:
    record = subject({"psnr": 15.0, "ssim": 0.5, "miou": NotAvailable("no. Do.")}, seed=1)
    (suite,) = parsed((subject(), record))
    assert suite.get("name") == "lggan on tinytown, protocol tinytown-v1, recipe quick, seed 1"
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert cases == {"fd_effnet": [], "fid": ["skipped"], "miou": ["failure"], "psnr": ["failure"], "ssim": ["skipped"]}
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "2", "2")
    failure = suite.find("testcase[@name='psnr']/failure")
    assert failure is not None and failure.text is not None
    assert failure.get("message") == "psnr is 15.000 and was 16.000: a change of -1.000, where 0.010 is allowed."
    assert failure.get("type") == "regressed"
    assert failure.text.splitlines()[-1] == "seed: seed: 0 -> 1"


def test_strict_fails_improvements() -> None:
    pair = (subject(), subject({"psnr": 17.0}))
    assert parsed(pair).get("failures") == "0"
    assert parsed(pair, strict=True).get("failures") == "1"


def test_a_baseline_without_a_record_is_a_failed_case() -> None:
    root = parsed((subject(), subject()), missing=(subject(path="b.json", seed=7), subject(path="c.json", seed=8)))
    assert [suite.get("name") for suite in root] == [str(subject().identity), "baselines without a record"]
    messages = [failure.get("message") or "" for failure in root.findall(".//failure")]
    assert ["b.json" in messages[0], "c.json" in messages[1]] == [True, True]


def test_hostile_names_and_characters_that_no_document_can_hold() -> None:
    hostile = "<![CDATA[ & \" ' ]]> \x00\x1b\ud800\uffff 𝛼 é"
    moved = dataclasses.replace(subject({"<b>": 0.5}), label=hostile)
    root = parsed((subject({"<b>": 1.0}), moved))
    (case, *_) = (case for case in root.iter("testcase") if case.get("name") == "<b>")
    assert case.find("failure") is not None
    assert (case.get("classname") or "").startswith("<![CDATA[ & \" ' ]]> ���� 𝛼 é on tinytown")


def test_the_same_files_give_the_same_bytes() -> None:
    one, other = (junit(check(Matched(((subject(), subject(seed=1)),), (), ()))) for _ in range(2))
    assert (
        one == other and one.startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<testsuites") and one.endswith(b">\n")
    )
