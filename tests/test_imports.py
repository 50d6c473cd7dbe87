"""Who may import whom: the rules of the house, checked on the syntax trees, and what `sisbench --help` loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("generators", "segmenters", "sisbench", "leaderboards")


@dataclass(frozen=True)
class Edge:
    """One import.

    Attributes:
        source: Importing module.
        target: Imported module.
        name: Imported name, of `from target import name`.
        lazy: Whether it happens on a call, or for type checkers only, and not when the module is loaded.
        line: Where.
    """

    source: str
    target: str
    name: str | None
    lazy: bool
    line: int

    def __str__(self) -> str:
        what = f"from {self.target} import {self.name}" if self.name else f"import {self.target}"
        return f"{self.source}:{self.line}: {what}"


@cache
def modules() -> dict[str, Path]:
    """Every module of the rooms, by dotted name."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def edges(module: str) -> tuple[Edge, ...]:
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    return tuple(_edges(module, tree.body, lazy=False))


def _edges(module: str, body: list[ast.stmt], lazy: bool) -> Iterator[Edge]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Edge(module, alias.name, None, lazy, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: imports are absolute"
            assert node.module is not None
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                if submodule in modules():
                    yield Edge(module, submodule, None, lazy, node.lineno)
                else:
                    yield Edge(module, node.module, alias.name, lazy, node.lineno)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _edges(module, node.body, lazy=True)
            yield from _edges(module, node.orelse, lazy)
        else:
            inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                for child in getattr(node, field, []):
                    nested = child.body if isinstance(child, ast.ExceptHandler | ast.match_case) else [child]
                    yield from _edges(module, nested, inside)


def every_edge(*prefixes: str) -> list[Edge]:
    """Imports of all modules at or below the prefixes, lazy ones included."""
    sources = [module for module in modules() if below(module, *prefixes)]
    assert sources, f"no module is called {prefixes}: a rule about nothing"
    return [edge for source in sources for edge in edges(source)]


def below(module: str, *prefixes: str) -> bool:
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


def room_of(target: str) -> str:
    return target.partition(".")[0]


def third_party(target: str) -> bool:
    return room_of(target) not in ROOMS and room_of(target) not in sys.stdlib_module_names


def loaded_with(module: str) -> dict[str, str]:
    """Everything that is imported when a module is loaded, and by whom; a submodule loads its packages first."""
    found: dict[str, str] = {}
    waiting = [(module, "")]
    while waiting:
        name, because = waiting.pop()
        if name in found:
            continue
        found[name] = because
        parent = name.rpartition(".")[0]
        if parent and room_of(name) in ROOMS:
            waiting.append((parent, name))
        if name in modules():
            waiting += [(edge.target, str(edge)) for edge in edges(name) if not edge.lazy]
    return found


def assert_none(forbidden: list[Edge]) -> None:
    assert [str(edge) for edge in forbidden] == []


def test_generators_stand_alone() -> None:
    allowed = ("generators", "torch", "torchvision", "lightning_fabric", "safetensors", "numpy", "scipy", "numba")
    assert_none(
        [e for e in every_edge("generators") if not below(e.target, *allowed) and room_of(e.target) in ROOMS]
        + [
            e
            for e in every_edge("generators")
            if third_party(e.target) and not below(e.target, *allowed) and not (e.lazy and below(e.target, "skimage"))
        ]
    )


def test_segmenters_stand_alone() -> None:
    allowed, lazily = (
        ("segmenters", "torch", "torchvision", "safetensors", "numpy", "PIL"),
        ("mmseg", "mmcv", "mmengine"),
    )
    foreign = [
        edge
        for edge in every_edge("segmenters")
        if (room_of(edge.target) in ROOMS or third_party(edge.target)) and not below(edge.target, *allowed)
    ]
    assert_none([edge for edge in foreign if not (edge.lazy and below(edge.target, *lazily))])


def test_leaderboards_are_data() -> None:
    assert_none(every_edge("leaderboards"))


def test_rooms_are_entered_by_their_doors() -> None:
    """What one room uses of another is a public name of its package."""
    assert_none(
        [
            edge
            for edge in every_edge("sisbench")
            if room_of(edge.target) in ("generators", "segmenters")
            and ("." in edge.target or (edge.name or "").startswith("_"))
        ]
    )


def test_no_room_imports_tests_or_benchmarks() -> None:
    assert_none([edge for edge in every_edge(*ROOMS) if room_of(edge.target) in ("tests", "benchmarks")])


@pytest.mark.parametrize("module", ["sisbench.metrics", "sisbench.encode", "sisbench.images"])
def test_metrics_never_see_data_or_the_command_line(module: str) -> None:
    outside = (
        *("sisbench.data", "sisbench.datasets", "sisbench.cli", "sisbench.pipeline", "sisbench.scoring"),
        *("sisbench.fakes", "sisbench.folders", "sisbench.reals", "sisbench.features"),
    )
    assert_none([edge for edge in every_edge(module) if below(edge.target, *outside)])
    for source in modules():
        if below(source, module):
            reached = {name: because for name, because in loaded_with(source).items() if below(name, *outside)}
            # `sisbench/__init__` gives `sisbench.dataset`, which lists files and loads no data
            assert {n: why for n, why in reached.items() if not below(n, "sisbench.datasets")} == {}


PLAIN = (
    "sisbench._entries",
    "sisbench.card",
    "sisbench.compare",
    "sisbench.datasets",
    "sisbench.errors",
    "sisbench.evaluation",
    "sisbench.files",
    "sisbench.gate",
    "sisbench.per_image",
    "sisbench.plugins",
    "sisbench.promotion",
    "sisbench.protocols",
    "sisbench.record",
    "sisbench.report_text",
    "sisbench.scored",
    "sisbench.tables",
)
"""What reads facts, records and tables: in milliseconds, hence with the standard library alone."""


@pytest.mark.parametrize("module", PLAIN)
def test_facts_and_records_load_the_standard_library_alone(module: str) -> None:
    assert any(below(name, module) for name in modules())
    for source in modules():
        if below(source, module):
            assert {name: because for name, because in loaded_with(source).items() if third_party(name)} == {}


READERS = (
    *("sisbench.gate", "sisbench.plots", "sisbench.promotion"),
    *("sisbench.report", "sisbench.study", "sisbench.tables"),
)
"""What makes pages, figures and verdicts of records."""


@pytest.mark.parametrize("room", READERS)
def test_readers_of_records_never_load_torch_not_even_on_a_call(room: str) -> None:
    for edge in every_edge(room):
        loaded = {edge.target: str(edge), **(loaded_with(edge.target) if edge.target in modules() else {})}
        assert {name: why for name, why in loaded.items() if below(name, "torch", "torchvision", "torchmetrics")} == {}
        assert {name: why for name, why in loaded.items() if below(name, "generators", "segmenters")} == {}


def test_plots_load_matplotlib_alone() -> None:
    for source in modules():
        if below(source, "sisbench.plots"):
            loaded = {name: because for name, because in loaded_with(source).items() if third_party(name)}
            assert {name: why for name, why in loaded.items() if not below(name, "matplotlib", "numpy")} == {}


def test_commands_load_click_alone() -> None:
    for source in modules():
        if below(source, "sisbench.cli", "sisbench.__main__"):
            loaded = loaded_with(source)
            assert {n: why for n, why in loaded.items() if third_party(n) and not below(n, "click")} == {}
            assert {n: why for n, why in loaded.items() if below(n, "generators", "segmenters")} == {}


def test_the_table_of_contents_loads_nothing_heavy() -> None:
    assert {name for name in loaded_with("sisbench") if third_party(name)} == set()


def test_torchvision_has_one_door_in_each_room() -> None:
    """Beside a CPU torch its import needs help (`_torchvision.py`); an import elsewhere works on some machines only."""
    direct = [edge for edge in every_edge(*ROOMS) if below(edge.target, "torchvision")]
    assert_none([edge for edge in direct if not edge.source.endswith("._torchvision")])


def test_the_walker_sees_what_it_must(tmp_path: Path) -> None:
    source = """
import a
from b import c
def f():
    import d
class C:
    import e
    def g(self):
        from h import i
if TYPE_CHECKING:
    import j
else:
    import k
try:
    import l
except ImportError:
    import m
finally:
    import n
with x:
    import o
for y in z:
    import p
match q:
    case 1:
        import r
async def s():
    import t
"""
    found = {edge.target: edge.lazy for edge in _edges("module", ast.parse(source).body, lazy=False)}
    assert {target for target, lazy in found.items() if lazy} == {"d", "h", "j", "t"}
    assert {target for target, lazy in found.items() if not lazy} == set("abeklmnopr")


HEAVY = ("torch", "torchvision", "numpy", "PIL", "scipy", "pandas", "matplotlib", "generators", "segmenters")


@pytest.mark.parametrize(
    "script",
    [
        "import sisbench",
        "import sisbench\nsisbench.protocol(sisbench.dataset('tinytown').card.default_protocol)",
        "from sisbench.cli import main\n"
        "for command in ([], *([name] for name in main.commands)):\n"
        "    main([*command, '--help'], standalone_mode=False)",
    ],
    ids=["import", "card and protocol", "help"],
)
def test_what_a_process_has_loaded(script: str) -> None:
    """The same on a real process: what a syntax tree does not show, such as an import by name."""
    script += f"\nimport sys\nprint(sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
