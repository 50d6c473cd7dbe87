"""Training on two processes, launched as a user would: `torchrun`, gloo, CPU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import generators
from tests.generators import data_parallel

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parallel")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "tests.generators.data_parallel", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def ranks(folder: Path) -> list[dict[str, Any]]:
    return [torch.load(folder / f"rank{rank}.pt", weights_only=True) for rank in range(2)]


def test_both_processes_end_with_the_same_network(ranks: list[dict[str, Any]]) -> None:
    first, second = ranks[0]["lggan"], ranks[1]["lggan"]
    assert first.keys() == second.keys()
    for name, parameter in first.items():
        assert torch.equal(parameter, second[name]), name


def test_both_processes_step_with_the_same_gradients(ranks: list[dict[str, Any]]) -> None:
    for part in ("lggan gradients", "plain gradients"):
        first, second = ranks[0][part], ranks[1][part]
        assert {key.rpartition("/")[0] for key in first} == {f"{step}/{side}" for step in range(3) for side in "gd"}
        assert first.keys() == second.keys()
        for key, gradient in first.items():
            assert torch.equal(gradient, second[key]), key


def test_what_is_kept_still_at_first_trains_later_on_both_processes(ranks: list[dict[str, Any]]) -> None:
    initial = data_parallel.FINE.generator()
    for name, parameter in ranks[0]["fine"].items():
        assert torch.equal(parameter, ranks[1]["fine"][name]), name
        assert parameter.ndim == 1 or not torch.equal(parameter, initial.get_parameter(name)), name


def test_gradients_are_those_of_the_whole_batch(ranks: list[dict[str, Any]], tmp_path: Path) -> None:
    # Where no norm looks beyond a sample (the batch norm of LGGAN's decoder does), and before Adam has divided small
    # differences by small numbers.
    data_parallel.main(tmp_path)
    alone = torch.load(tmp_path / "rank0.pt", weights_only=True)["plain gradients"]
    first_step = {key: value for key, value in ranks[0]["plain gradients"].items() if key.startswith("0/")}
    assert {key[:3] for key in first_step} == {"0/g", "0/d"}
    for key, gradient in first_step.items():
        torch.testing.assert_close(gradient, alone[key], atol=2e-5 * alone[key].abs().max().item(), rtol=0, msg=key)


def test_the_first_process_writes_for_all(folder: Path, ranks: list[dict[str, Any]]) -> None:
    steps = [json.loads(line)["step"] for line in (folder / "lggan" / "losses.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3]
    saved = generators.read_state(folder / "lggan" / "generator.pth")
    network = data_parallel.CASE.generator()
    generators.load_state(network, saved, "generator.pth")
    assert all(bool(value.isfinite().all()) for value in saved.values())
