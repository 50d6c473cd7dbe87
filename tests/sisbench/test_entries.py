"""Names to entries: the folder's own, and those of plug-ins, good and bad."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sisbench._entries import Declared, Entries, Problem, declared
from tests.sisbench import plugin_packages

GROUP = "things.plugins"
ROOMS = ("generators", "segmenters", "sisbench")
OWN = {
    "things/__init__.py": "from sisbench._entries import Entries\n"
    f"ENTRIES = Entries('a thing', 'things', '{GROUP}', LookupError)\n",
    "things/stone.py": "from things import ENTRIES\nENTRIES.add('stone', 'grey')\n",
    "things/_hidden.py": "raise RuntimeError('private modules are not scanned')\n",
}


def adding(*names: str, then: str = "") -> str:
    """Text of a module that registers names."""
    return "\n".join(
        ["from things import ENTRIES", *(f"ENTRIES.add({name!r}, {name.upper()!r})" for name in names), then]
    )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path, with a package that has entries; what is imported from it is forgotten."""
    for name, text in OWN.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def things() -> Entries[str]:
    import things

    entries: Entries[str] = things.ENTRIES
    return entries


def plugin(site: Path, points: Mapping[str, str], text: str, name: str = "acme", version: str = "1.0") -> None:
    plugin_packages.write(site, name, {GROUP: points}, {f"{name}_things.py": text}, version)


def reason(name: str) -> str:
    """Why a name cannot be used, as three doors tell it."""
    with pytest.raises(LookupError) as caught:
        things().get(name)
    (problem,) = [problem for problem in things().problems() if problem.name == name]
    assert name not in things().names()
    assert problem.reason in str(caught.value)
    assert problem.origin in str(caught.value)
    assert caught.value.__cause__ is problem.cause
    return problem.reason


def test_the_copies_of_the_rooms_are_one_text() -> None:
    root = Path(__file__).parents[2]
    assert len({(root / room / "_entries.py").read_text() for room in ROOMS}) == 1


def test_a_plugin_adds_its_entry_and_is_named_as_its_origin(site: Path) -> None:
    plugin(site, {"glass": "acme_things", "water": "acme_things"}, adding("glass", "water"))
    assert things().names() == ["glass", "stone", "water"]
    assert things().get("glass") == "GLASS"
    assert things().origin("glass") == "acme 1.0"
    assert things().origin("stone") is None
    assert things().problems() == []


def test_a_plugin_is_imported_when_one_of_its_names_is_asked_for_and_not_before(site: Path) -> None:
    plugin(site, {"glass": "acme_things"}, adding("glass"))
    plugin(site, {"sand": "dune_things"}, adding("sand"), "dune")
    assert things().get("stone") == "grey"
    assert things().get("nothing") is None
    assert "acme_things" not in sys.modules
    assert things().get("glass") == "GLASS"
    assert "acme_things" in sys.modules
    assert "dune_things" not in sys.modules


def test_an_import_that_fails_is_told_with_its_cause_and_harms_nothing_else(site: Path) -> None:
    plugin(site, {"glass": "acme_things", "water": "acme_things"}, adding("glass", then="raise OSError('no\\n lens')"))
    plugin(site, {"sand": "dune_things"}, adding("sand"), "dune")
    assert things().names() == ["sand", "stone"]
    assert reason("glass") == reason("water") == "acme_things cannot be imported (OSError: no lens)"
    with pytest.raises(
        LookupError, match=r"'glass' is a thing of the plug-in acme 1\.0, which is broken: .*check-plugin"
    ):
        things().get("glass")
    assert things().get("sand") == "SAND"


def test_nothing_stays_of_an_import_that_failed(site: Path) -> None:
    plugin(site, {"glass": "acme_things"}, adding("glass", "undeclared", then="raise OSError"))
    assert "OSError" in reason("glass")
    assert things().names() == ["stone"]
    assert things().get("undeclared") is None


@pytest.mark.parametrize(
    ("value", "text", "part"),
    [
        ("acme_things", "import no_such_module", "ModuleNotFoundError"),
        ("acme_things", "def f(:", "SyntaxError"),
        ("acme_things", "raise SystemExit(3)", "SystemExit: 3"),
        ("no_such_module", "", "ModuleNotFoundError"),
        ("acme_things:absent", "", "AttributeError"),
        ("not a module!", "", "cannot be imported"),
        ("acme_things", "", "acme_things registers nothing under this name"),
        (
            "acme_things",
            adding("glass") + "\n" + adding("stone"),
            "'stone' is registered twice, by things.stone and by",
        ),
    ],
)
def test_broken_in_every_way(site: Path, value: str, text: str, part: str) -> None:
    plugin(site, {"glass": value}, text)
    assert part in reason("glass")
    assert things().names() == ["stone"]


def test_a_taken_name_stays_with_its_owner_and_both_are_named(site: Path) -> None:
    plugin(site, {"stone": "acme_things"}, adding("stone"))
    assert things().get("stone") == "grey"
    assert things().names() == ["stone"]
    (problem,) = things().problems()
    assert str(problem) == "acme 1.0, 'stone': its name is taken by things.stone"
    assert "acme_things" not in sys.modules


def test_a_plugin_that_was_imported_first_does_not_keep_a_taken_name(site: Path) -> None:
    plugin(site, {"stone": "acme_things"}, adding("stone"))
    entries = things()
    import acme_things  # noqa: F401

    assert entries.get("stone") == "grey"
    assert [problem.origin for problem in entries.problems()] == ["acme 1.0"]


def test_two_plugins_with_one_name_are_both_refused(site: Path) -> None:
    plugin(site, {"glass": "acme_things"}, adding("glass"))
    plugin(site, {"glass": "dune_things"}, adding("glass"), "dune", "2.0")
    assert reason("glass") == "several plug-ins declare this name; keep one of them"
    assert [problem.origin for problem in things().problems()] == ["acme 1.0 and dune 2.0"]


def test_what_is_registered_must_be_declared(site: Path) -> None:
    plugin(site, {"glass": "acme_things"}, adding("glass", "water"))
    assert things().get("glass") == "GLASS"
    assert reason("water") == f"acme_things registers it, but no entry point of {GROUP} does"
    assert things().names() == ["glass", "stone"]


@pytest.mark.parametrize("name", ["../up", "a b", "<script>", "-x", "naïve", "a'b"])
def test_names_that_are_no_names_are_refused(site: Path, name: str) -> None:
    plugin(site, {name: "acme_things"}, adding(name))
    assert "holds more than letters" in reason(name)
    assert "acme_things" not in sys.modules


def test_metadata_that_cannot_be_read_are_a_problem_and_no_end(site: Path) -> None:
    plugin(site, {"glass": "acme_things"}, adding("glass"))
    plugin(site, {"sand": "dune_things"}, adding("sand"), "dune")
    (site / "acme-1.0.dist-info" / "entry_points.txt").write_text(f"[{GROUP}]\nglass\n")
    assert things().names() == ["sand", "stone"]
    (problem,) = things().problems()
    assert str(problem).startswith("acme 1.0: its entry_points.txt cannot be read (")


def test_metadata_of_other_encodings_are_a_problem_and_no_end(site: Path) -> None:
    plugin(site, {"sand": "dune_things"}, adding("sand"), "dune")
    for name, file in (("acme", "entry_points.txt"), ("oasis", "METADATA")):
        plugin(site, {"glass": f"{name}_things"}, adding("glass"), name)
        path = site / f"{name}-1.0.dist-info" / file
        path.write_bytes(path.read_bytes() + b"\n# \xe9\n")
    assert things().names() == ["glass", "sand", "stone"]
    assert things().origin("glass") == "? ?"
    (problem,) = things().problems()
    assert str(problem).startswith("acme 1.0: its entry_points.txt cannot be read (UnicodeDecodeError")


def test_the_first_of_two_copies_on_the_path_counts(site: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    plugin(site, {"glass": "acme_things"}, adding("glass"))
    older = tmp_path_factory.mktemp("older")
    plugin(older, {"glass": "acme_things"}, adding("glass"), version="0.1")
    sys.path.append(str(older))  # the fixture restores the path
    assert things().origin("glass") == "acme 1.0"
    assert things().get("glass") == "GLASS"


def test_an_interrupted_import_is_tried_again(site: Path) -> None:
    plugin(
        site,
        {"glass": "acme_things"},
        "import things\nif not hasattr(things, 'again'):\n"
        "    things.again = True\n    raise KeyboardInterrupt\n" + adding("glass"),
    )
    with pytest.raises(KeyboardInterrupt):
        things().get("glass")
    assert things().get("glass") == "GLASS"


def test_a_plugin_may_ask_for_names_while_it_is_imported(site: Path) -> None:
    plugin(site, {"glass": "acme_things"}, "from things import ENTRIES\nENTRIES.names()\n" + adding("glass"))
    assert things().names() == ["glass", "stone"]


def test_a_module_of_the_folder_that_fails_fails_again(site: Path) -> None:
    (site / "things" / "tar.py").write_text("raise OSError('sticky')")
    for _ in range(2):
        with pytest.raises(OSError, match="sticky"):
            things().names()


def test_without_an_import_the_holder_is_the_main_module(site: Path) -> None:
    entries: Entries[Any] = things()
    assert entries.add("bread", 1) == 1
    assert entries.get("bread") == 1
    assert entries.origin("bread") is None
    with pytest.raises(ValueError, match="a thing named 'bread' is registered twice"):
        entries.add("bread", 2)


def test_declared_reads_metadata_alone(site: Path) -> None:
    plugin(site, {"water": "acme_things:x", "glass": "acme_things"}, "raise OSError")
    assert declared(GROUP) == [
        Declared("glass", "acme_things", "acme", "1.0"),
        Declared("water", "acme_things:x", "acme", "1.0"),
    ]
    assert declared("things.other") == []
    _, second = declared(GROUP)
    assert not isinstance(second, Problem)
    assert second.module == "acme_things"
    assert "acme_things" not in sys.modules
