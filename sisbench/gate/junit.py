"""The finding of the gate as JUnit XML, which continuous integration shows as tests: one for every number."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from sisbench.gate.findings import Judged, Result
from sisbench.gate.wording import others, sentence

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document can hold, escaped or not."""


def junit(result: Result) -> bytes:
    """Return the document: a suite for every pair, a case for every output, failed ones with the reason.

    A number that is n/a on both sides, or new, is skipped; a baseline without a record is a failed case of its own.
    Elements and attributes are those that all readers of the format know; times are zero.
    """
    suites = [_suite(pair, result.strict) for pair in result.pairs]
    if result.missing:
        suites.append(_missing(result))
    root = Element("testsuites", {"name": "sisbench check", **_totals(suites)})
    root.extend(suites)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(pair: Judged, strict: bool) -> Element:
    name = str(pair.record.identity)
    suite = Element("testsuite", {"name": _clean(name)})
    failures = pair.failures(strict)
    for move in pair.moves:
        case = _case(suite, name, move.output)
        if move in failures:
            message = sentence(move)
            changed = [f"{c.kind}: {c.what}: {c.before} -> {c.after}" for c in pair.changes]
            _add(case, "failure", message, "\n".join([message, pair.diagnosis, *changed]), kind=move.verdict)
        elif move.verdict in ("n/a", "gained"):
            _add(case, "skipped", "no number on either side" if move.verdict == "n/a" else "not in the baseline")
    return _counted(suite)


def _missing(result: Result) -> Element:
    suite = Element("testsuite", {"name": "baselines without a record"})
    for (subject, _), line in zip(result.missing, others(result), strict=False):
        _add(_case(suite, "missing", str(subject.identity)), "failure", line, line, kind="missing")
    return _counted(suite)


def _case(suite: Element, classname: str, name: str) -> Element:
    return SubElement(suite, "testcase", {"classname": _clean(classname), "name": _clean(name), "time": "0"})


def _add(case: Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    attributes = {"message": _clean(message), **({"type": kind} if kind else {})}
    SubElement(case, tag, attributes).text = _clean(text) or None


def _counted(suite: Element) -> Element:
    cases = {"tests": "testcase", "failures": "testcase/failure", "skipped": "testcase/skipped"}
    for attribute, path in cases.items():
        suite.set(attribute, str(len(suite.findall(path))))
    suite.set("errors", "0")
    suite.set("time", "0")
    return suite


def _totals(suites: list[Element]) -> dict[str, str]:
    sums = {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures")}
    return {**sums, "errors": "0", "time": "0"}


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
