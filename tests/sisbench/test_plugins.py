"""Plug-ins as users meet them: in lists, by name, in the doctor, and under `sisbench check-plugin`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sisbench import plugins
from sisbench.cli import main
from sisbench.cli.check_plugin import _KINDS
from sisbench.errors import InputError
from tests.sisbench import plugin_packages

METRIC = textwrap.dedent(
    """
    import torch
    from sisbench.metrics import PerImageMean, register

    @register("{name}")
    class Metric(PerImageMean):
        '''A metric of a test.'''

        outputs, higher_is_better = ("{name}",), False

        def measure(self, fake, real):
            values = (fake.double() - real).abs().flatten(1).mean(1)
            {change}
            return values
    """
)
PROTOCOL = """
from sisbench.card import ANY, Protocol, Scoring
from sisbench.protocols import register
register(Protocol("good-v1", "a test", ("psnr",), (Scoring(ANY, None, None),)))
"""
METRICS = {
    "good": METRIC.format(name="good_mae", change=""),
    "raiser": "raise OSError('no <b>lens</b>')",
    "silent": "",
    "wrong": "from sisbench.metrics import register\nregister('wrong_mae')(print)",
    "taker": METRIC.format(name="psnr", change=""),
    "nan": METRIC.format(name="nan_mae", change="values[0] = torch.nan"),
    "ordered": METRIC.format(name="ordered_mae", change="values *= torch.linspace(1, 2, len(values))"),
    "stray": METRIC.format(name="stray_mae", change="") + METRIC.format(name="undeclared_mae", change=""),
}
"""Plug-ins of one metric each, by distribution."""

COMMANDS = {
    "list": ["list", "metrics"],
    "plugins": ["list", "plugins"],
    "doctor": ["doctor"],
    "good": ["check-plugin", "Good"],
    "nan": ["check-plugin", "nan_mae"],
    "ordered": ["check-plugin", "ordered", "--kind", "metrics"],
    "raiser": ["check-plugin", "raiser"],
    "stray": ["check-plugin", "stray"],
    "taker": ["check-plugin", "taker"],
    "unknown": ["check-plugin", "godo"],
    "kind": ["check-plugin", "raiser", "--kind", "datasets"],
    "asked": ["evaluate", "--fake", "{images}", "--real", "{images}", "--metrics", "raiser_mae", "--device", "cpu"],
    "own": ["evaluate", "--fake", "{images}", "--real", "{images}", "--metrics", "psnr,good_mae", "--device", "cpu"],
}

SCRIPT = """
import json, sys
import sisbench.contracts.metrics
from click.testing import CliRunner
from sisbench import contracts
from sisbench.cli import main
from sisbench.record import environment

contracts.metrics.require_same_in_processes = lambda names, processes: None  # slow, and tested beside the contracts
found = {}
for name, command in json.loads(sys.argv[1]).items():
    result = CliRunner().invoke(main, command)
    found[name] = (result.exit_code, result.output)
found["used"] = (0, json.dumps(environment("cpu", 1)["plugins"]))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name, text in METRICS.items():
        entry = "psnr" if name == "taker" else f"{name}_mae"
        groups = {"sisbench.metrics": {entry: f"{name}_plugin"}}
        files = {f"{name}_plugin.py": text}
        if name == "good":
            groups["sisbench.protocols"] = {"good-v1": "good_protocol"}
            files["good_protocol.py"] = PROTOCOL
        plugin_packages.write(folder, name, groups, files, version="2.5")
    return folder


def process(site: Path, *arguments: str) -> str:
    """Standard output of a Python process that finds the plug-ins."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, cwd=site
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told(site: Path) -> dict[str, Any]:
    """Exit code and output of every command, all of them by one process."""
    import numpy as np
    from PIL import Image

    (site / "images").mkdir()
    for i in range(2):
        pixels = np.random.default_rng(i).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(site / "images" / f"{i}.png")
    (site / "script.py").write_text(SCRIPT)
    commands = {name: [part.format(images=site / "images") for part in parts] for name, parts in COMMANDS.items()}
    found: dict[str, Any] = json.loads(process(site, str(site / "script.py"), json.dumps(commands)).splitlines()[-1])
    return found


def test_a_list_says_where_entries_come_from_and_what_is_broken(told: dict[str, Any]) -> None:
    code, output = told["list"]
    assert code == 0
    rows = {line.split("  ")[0]: line for line in output.splitlines()}
    assert "good 2.5" in rows["good_mae"]
    assert "sisbench" in rows["psnr"]
    broken = [line for line in output.splitlines() if line.startswith("broken plug-in  ")]
    assert [line.removeprefix("broken plug-in  ") for line in broken] == [
        "taker 2.5, 'psnr': its name is taken by sisbench.metrics.psnr",
        "raiser 2.5, 'raiser_mae': raiser_plugin cannot be imported (OSError: no <b>lens</b>)",
        "silent 2.5, 'silent_mae': silent_plugin registers nothing under this name",
        "stray 2.5, 'undeclared_mae': stray_plugin registers it, but no entry point of sisbench.metrics does",
        "wrong 2.5, 'wrong_mae': wrong_plugin cannot be imported (TypeError: 'wrong_mae' cannot be registered as a "
        "metric: <built-in function print> is none, or declares too little)",
    ]
    assert not {"raiser_mae", "silent_mae", "wrong_mae"} & rows.keys()


def test_plugins_are_listed_by_what_they_declare(told: dict[str, Any]) -> None:
    code, output = told["plugins"]
    rows = [line.split() for line in output.splitlines()]
    assert code == 0
    assert ["good", "2.5", "metrics", "good_mae", "good_plugin"] in rows
    assert ["good", "2.5", "protocols", "good-v1", "good_protocol"] in rows
    assert [row[2] for row in rows if row[1] == "2.5"] == ["metrics"] * 8 + ["protocols"]


def test_the_doctor_names_what_is_broken(told: dict[str, Any]) -> None:
    code, output = told["doctor"]
    assert code == 0
    assert "  yes  metrics good_mae: from good 2.5" in output
    assert "  no   metrics raiser_mae: from raiser 2.5: raiser_plugin cannot be imported (OSError" in output
    assert "  no   metrics psnr: from taker 2.5: its name is taken by sisbench.metrics.psnr" in output


def test_a_good_plugin_keeps_every_contract(told: dict[str, Any]) -> None:
    code, output = told["good"]
    assert code == 0, output
    assert output.splitlines()[0] == "metrics good_mae, from good 2.5"
    assert "protocols good-v1, from good 2.5" in output
    assert output.splitlines()[-1] == "Good: 2 things looked at, every contract is kept"
    assert output.count("  ok      ") == 14 + 5


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("nan", "  failed  Its results are plain finite numbers with a positive standard error and the number of "),
        ("ordered", "  failed  The order of the images does not matter: in another order ordered_mae is "),
        ("raiser", "  failed  It is loaded and registered: raiser_plugin cannot be imported (OSError: no <b>lens"),
        ("taker", "  failed  It is loaded and registered: its name is taken by sisbench.metrics.psnr"),
        ("stray", "  failed  It is loaded and registered: stray_plugin registers it, but no entry point of "),
    ],
)
def test_a_bad_plugin_fails(told: dict[str, Any], name: str, line: str) -> None:
    code, output = told[name]
    assert code == 1, output
    assert any(found.startswith(line) for found in output.splitlines()), output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("unknown", ["'godo' is not a plug-in or an entry of one; closest: 'good'. See 'sisbench list plugins'."]),
        ("kind", ["the plug-in 'raiser' has no datasets; it has metrics. Choose one of these with '--kind'."]),
        ("asked", ["'raiser_mae' is a metric of the plug-in raiser 2.5, which is broken: raiser_plugin", "OSError"]),
    ],
)
def test_misuse_is_told_and_exits_with_2(told: dict[str, Any], name: str, parts: list[str]) -> None:
    code, output = told[name]
    assert code == 2, output
    assert all(part in output for part in parts), output
    assert "Traceback" not in output


def test_broken_plugins_harm_nobody(told: dict[str, Any]) -> None:
    code, output = told["own"]
    assert code == 0, output
    assert "psnr" in output
    assert "good_mae" in output


def test_records_name_the_plugins_that_were_loaded(told: dict[str, Any]) -> None:
    used = json.loads(told["used"][1])
    assert used["good"] == "2.5"
    assert "raiser" not in used  # it failed to import: nothing of it is in any number
    assert "taker" not in used


def test_help_and_completion_import_no_plugin_and_no_torch(site: Path) -> None:
    code = (
        "import sys\nfrom sisbench.cli import main, names\n"
        "main(['--help'], standalone_mode=False)\n"
        "print(names.metric_names())\n"
        "print([name for name in sys.modules if name.endswith('_plugin') or name == 'torch'])"
    )
    output = process(site, "-c", code).splitlines()
    assert output[-1] == "['sisbench.cli.check_plugin']"
    assert "good_mae" in output[-2]


def test_sisbench_s_own_metrics_import_no_plugin(site: Path) -> None:
    code = (
        "import sys, torch\nfrom sisbench import evaluate\nfrom sisbench.record import environment\n"
        "images = {'a': torch.zeros(3, 8, 8, dtype=torch.uint8)}\n"
        "evaluate(images, images, metrics=['psnr'])\n"
        "print(environment('cpu', 1)['plugins'])"
    )
    assert process(site, "-c", code).splitlines()[-1] == "{}"


@pytest.fixture
def found(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(site))
    yield


def test_a_plugin_is_found_by_distribution_or_entry(found: None) -> None:
    assert [entry.name for entry in plugins.find("GOOD")] == ["good_mae", "good-v1"]
    assert [entry.name for entry in plugins.find("good_mae")] == ["good_mae"]
    assert [entry.kind for entry in plugins.find("good", "protocols")] == ["protocols"]
    with pytest.raises(InputError, match="has no methods; it has metrics, protocols"):
        plugins.find("good", "methods")


def test_kinds_of_the_command_are_those_of_plugins() -> None:
    assert tuple(plugins.GROUPS) == _KINDS
    result = CliRunner().invoke(main, ["check-plugin", "x", "--kind", "cats"])
    assert result.exit_code == 2


@pytest.mark.parametrize("kind", plugins.GROUPS)
def test_what_comes_with_sisbench_is_its_own(kind: str) -> None:
    own = set(plugins._door(kind).names()) - {entry.name for entry in plugins.entries(kind)}
    assert own
    assert {plugins.origin(kind, name) for name in own} == {plugins.OWN}
