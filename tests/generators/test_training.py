"""The training loop: what it computes, what it leaves behind, and that a run that was cut ends like any other."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor

import generators
from generators import Generator, GeneratorError, Objective, Recipe
from generators._training import CHECKPOINT, LOG, WEIGHTS, _step_of
from generators.layers.ema import EMA
from tests.generators.tiny import Case, random_cond, random_image

SIZE = (32, 64)
LGGAN = Case("lggan", "quick", {"upsampling": "normal"}, size=SIZE)
STYLE = Case("spade", "quick", {"z_dim": 4, "upsampling": "normal"}, size=SIZE)  # draws noise in every step


def recipe_of(case: Case, **changes: Any) -> Recipe:
    """Six steps; between them the two cases have all that a checkpoint can hold."""
    how = {"ema_decay": 0.9, "fresh_fakes": False} if case is LGGAN else {"ema_decay": None, "fresh_fakes": True}
    return dataclasses.replace(case.recipe, **{"steps": 3, "decay_steps": 3, "batch_size": 2, **how, **changes})


def batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Return endless batches, a function of the step."""
    step = start
    while True:
        yield random_cond(6, True, SIZE, 2, step), random_image(2, SIZE, step)
        step += 1


def run(
    folder: Path,
    case: Case = LGGAN,
    recipe: Recipe | None = None,
    change: Callable[[Objective], None] = lambda objective: None,
    **options: Any,
) -> tuple[dict[str, Tensor], Generator, Objective]:
    folder.mkdir(exist_ok=True)
    network = case.generator()
    objective = case.objective(network)
    change(objective)
    fabric = Fabric(accelerator="cpu", devices=1)
    settings = {"seed": 7, "log_every": 2, "checkpoint_seconds": 0.0, **options}
    state = generators.train(fabric, network, objective, batches, recipe or recipe_of(case), folder, **settings)
    return state, network, objective


def log_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


class Killed(Exception):
    pass


def kill_at(step: int) -> Callable[[int, Mapping[str, float]], None]:
    """Stop the training before the checkpoint of a step is written."""

    def report(done: int, terms: Mapping[str, float]) -> None:
        if done == step:
            raise Killed

    return report


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folders = {str(case): tmp_path_factory.mktemp(str(case)) for case in (LGGAN, STYLE)}
    for case in (LGGAN, STYLE):
        run(folders[str(case)], case)
    return folders


@pytest.mark.parametrize(
    ("case", "cuts"), [(LGGAN, (1,)), (LGGAN, (2, 5)), (LGGAN, (6,)), (STYLE, (1,)), (STYLE, (3, 4))], ids=str
)
def test_a_run_that_was_cut_ends_like_one_that_was_not(
    tmp_path: Path, undisturbed: dict[str, Path], case: Case, cuts: tuple[int, ...]
) -> None:
    for step in cuts:
        with pytest.raises(Killed):
            run(tmp_path, case, report=kill_at(step))
        assert not (tmp_path / WEIGHTS).exists()
        assert (tmp_path / CHECKPOINT).exists() == (step > 1)
    steps: list[int] = []
    run(tmp_path, case, report=lambda done, terms: steps.append(done))
    whole = undisturbed[str(case)]
    assert steps == list(range(cuts[-1], 7))  # continued after the last checkpoint, the step before the cut
    assert (tmp_path / WEIGHTS).read_bytes() == (whole / WEIGHTS).read_bytes()
    assert_same(*(torch.load(folder / CHECKPOINT, weights_only=True) for folder in (tmp_path, whole)))
    assert (tmp_path / LOG).read_text() == (whole / LOG).read_text()
    assert not list(tmp_path.glob(".*"))  # no temporary file stays


def assert_same(first: Any, second: Any) -> None:
    """Compare nested states without tolerance."""
    if isinstance(first, Tensor):
        assert torch.equal(first, second)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key, value in first.items():
            assert_same(value, second[key])
    else:
        assert first == second


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    run(tmp_path)
    before = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).unlink()
    steps: list[int] = []
    run(tmp_path, report=lambda done, terms: steps.append(done))
    assert steps == []
    assert (tmp_path / WEIGHTS).read_bytes() == before


def test_how_often_checkpoints_are_written_changes_no_number(tmp_path: Path, undisturbed: dict[str, Path]) -> None:
    run(tmp_path, checkpoint_seconds=1000.0)
    assert (tmp_path / WEIGHTS).read_bytes() == (undisturbed[str(LGGAN)] / WEIGHTS).read_bytes()


def test_the_seed_matters_where_noise_is_drawn(tmp_path: Path, undisturbed: dict[str, Path]) -> None:
    run(tmp_path, STYLE, seed=8)
    assert (tmp_path / WEIGHTS).read_bytes() != (undisturbed[str(STYLE)] / WEIGHTS).read_bytes()


def test_every_step_draws_anew_and_differentiates_one_side(tmp_path: Path) -> None:
    seeds: list[int] = []

    def watch(objective: Objective) -> None:
        original = objective.generator_terms

        def terms(*args: Any) -> dict[str, Tensor]:
            seeds.append(torch.initial_seed())
            assert not any(p.requires_grad for p in objective.discriminator_module().parameters())
            return original(*args)

        objective.generator_terms = terms  # type: ignore[method-assign]

    _, network, objective = run(tmp_path, STYLE, change=watch)
    assert seeds == [generators.derive_seed(7, "step", step, 0) for step in range(6)]
    assert len(set(seeds)) == 6
    for module in (network, objective.discriminator_module()):
        assert all(parameter.requires_grad for parameter in module.parameters())


def test_the_log_has_every_term_at_every_second_step(undisturbed: dict[str, Path]) -> None:
    lines = log_of(undisturbed[str(LGGAN)])
    assert [line["step"] for line in lines] == [2, 4, 6]
    terms = {*(f"g/{name}" for name in recipe_of(LGGAN).loss_weights), "d/fake", "d/real"}
    assert all(set(line) == {"step"} | terms for line in lines)
    assert all(math.isfinite(value) for line in lines for value in line.values())


def test_tensorboard_gets_the_same_numbers(undisturbed: dict[str, Path]) -> None:
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = accumulators.EventAccumulator(str(undisturbed[str(LGGAN)] / "tensorboard")).Reload()
    for line in log_of(undisturbed[str(LGGAN)]):
        for name in set(line) - {"step"}:
            found = [event.value for event in events.Scalars(name) if event.step == line["step"]]
            assert found == [pytest.approx(line[name], rel=1e-6)]


def test_the_last_step_is_logged_whatever_the_interval(tmp_path: Path) -> None:
    run(tmp_path, log_every=4)
    assert [line["step"] for line in log_of(tmp_path)] == [4, 6]


@pytest.mark.parametrize("line", ['{"step": 5, "g/ga', '{"step": 6', "", "\x00\x00", "[]", "{}", '{"step": null}'])
def test_a_line_cut_short_is_beyond_every_step(line: str) -> None:
    assert _step_of(line) == math.inf
    assert _step_of('{"step": 5, "g/gan": 0.0}') == 5


def test_log_lines_from_beyond_the_checkpoint_are_dropped(tmp_path: Path, undisturbed: dict[str, Path]) -> None:
    with pytest.raises(Killed):
        run(tmp_path, report=kill_at(5))
    with (tmp_path / LOG).open("a") as stream:
        stream.write('{"step": 6, "g/gan": 0.0}\n{"step": 8, "g/ga')  # a whole line, then a part
    run(tmp_path)
    assert (tmp_path / LOG).read_text() == (undisturbed[str(LGGAN)] / LOG).read_text()


@pytest.mark.parametrize(
    ("case", "recipe", "seed"),
    [
        (LGGAN, recipe_of(LGGAN, lr_g=1e-4), 7),
        (LGGAN, recipe_of(LGGAN, steps=4), 7),
        (LGGAN, recipe_of(LGGAN), 8),
        (dataclasses.replace(LGGAN, size=(64, 64)), recipe_of(LGGAN), 7),
        (STYLE, recipe_of(LGGAN), 7),
    ],
    ids=["rate", "length", "seed", "size", "method"],
)
def test_the_checkpoint_of_another_run_is_refused(tmp_path: Path, case: Case, recipe: Recipe, seed: int) -> None:
    with pytest.raises(Killed):
        run(tmp_path, report=kill_at(3))
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(GeneratorError, match="belongs to another method, label space, size, recipe, seed") as caught:
        run(tmp_path, case, recipe, seed=seed)
    assert str(tmp_path / CHECKPOINT) in str(caught.value)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / CHECKPOINT
    with pytest.raises(Killed):
        run(tmp_path, report=kill_at(2))
    whole = path.read_bytes()
    other: dict[str, Any] = torch.load(path, weights_only=True)
    del other["optimizer_g"]["param_groups"][0]["params"][0]  # loads as a file, and not into the optimiser
    damaged = {f"first {n} bytes": whole[:n] for n in (0, 1, 10, 1000, len(whole) // 2, len(whole) - 1)}
    damaged |= {"text": b"hello", "pickle": b"\x80\x02u."}
    for value, name in ((torch.ones(3), "tensor"), ({"identity": 3}, "others"), ([1], "list"), (other, "optimiser")):
        torch.save(value, tmp_path / "other.pt")
        damaged[name] = (tmp_path / "other.pt").read_bytes()
    for name, content in damaged.items():
        path.write_bytes(content)
        with pytest.raises(GeneratorError, match=r"checkpoint\.pt (is damaged|belongs to another)") as caught:
            run(tmp_path)
        assert str(path) in str(caught.value), name
        assert "Remove it" in str(caught.value) or "remove it" in str(caught.value)
        assert path.read_bytes() == content


@pytest.mark.parametrize(("side", "value"), [("g/l1", math.nan), ("d/real", math.inf)])
def test_a_loss_that_is_not_finite_stops_the_run(tmp_path: Path, side: str, value: float) -> None:
    calls = {"generator_terms": 0, "discriminator_terms": 0}
    part, _, name = side.partition("/")
    method = "generator_terms" if part == "g" else "discriminator_terms"

    def spoil(objective: Objective) -> None:
        original = getattr(objective, method)

        def terms(*args: Any) -> dict[str, Tensor]:
            calls[method] += 1
            found: dict[str, Tensor] = original(*args)
            return {**found, name: found[name] + (value if calls[method] == 4 else 0.0)}

        setattr(objective, method, terms)

    with pytest.raises(GeneratorError, match=f"the loss term '{side}' is {value} at step 4"):
        run(tmp_path, change=spoil)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == 3
    assert not (tmp_path / WEIGHTS).exists()
    assert [line["step"] for line in log_of(tmp_path)] == [2]


def test_weights_that_are_not_finite_are_never_saved(tmp_path: Path) -> None:
    def spoil(objective: Objective) -> None:
        original = objective.generator_terms
        calls = 0

        def terms(cond: Tensor, real: Tensor, stages: dict[str, Tensor]) -> dict[str, Tensor]:
            nonlocal calls
            calls += 1
            found = original(cond, real, stages)
            if calls == 3:  # a loss of 0 whose gradient is infinite
                found["l1"] = (stages["image"] - stages["image"].detach()).abs().sum().sqrt()
            return found

        objective.generator_terms = terms  # type: ignore[method-assign]

    with pytest.raises(GeneratorError, match=r"training diverged: .* at step 3"):
        run(tmp_path, change=spoil)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == 2


@pytest.mark.parametrize("discriminator_first", [False, True], ids=["G-first", "D-first"])
def test_one_step_by_hand(tmp_path: Path, discriminator_first: bool) -> None:
    how = {"ema_decay": None, "fresh_fakes": False, "discriminator_first": discriminator_first}
    recipe = recipe_of(LGGAN, steps=1, decay_steps=0, lr_g=1e-3, lr_d=4e-3, **how)
    _, network, objective = run(tmp_path, recipe=recipe)

    expected = LGGAN.generator()
    judge = LGGAN.objective(expected)
    discriminator = judge.discriminator_module()
    used = [p for name, p in expected.named_parameters() if not name.startswith("fc.")]
    adam_g = torch.optim.Adam(used, lr=1e-3, betas=recipe.betas)
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=4e-3, betas=recipe.betas)
    cond, real = next(batches(0))
    stages = judge.train().stages(expected.train(), cond, real)

    def step_g() -> dict[str, Tensor]:
        terms = judge.generator_terms(cond, real, stages)  # asks D as it is now
        torch.stack([recipe.loss_weights[name] * term for name, term in terms.items()]).sum().backward()
        adam_g.step()
        return terms

    def step_d() -> None:
        adam_d.zero_grad()
        fakes = {name: stages[name].detach() for name in ("image", "global", "local")}
        torch.stack(list(judge.discriminator_terms(cond, real, fakes).values())).sum().backward()
        adam_d.step()

    if discriminator_first:
        step_d()
        terms = step_g()
    else:
        terms = step_g()
        step_d()
    for got, wanted in ((network, expected), (objective.discriminator_module(), discriminator)):
        for name, parameter in wanted.named_parameters():
            torch.testing.assert_close(got.get_parameter(name), parameter, atol=1e-6, rtol=1e-5, msg=name)
    assert log_of(tmp_path) == [
        {
            "step": 1,
            **{f"g/{name}": pytest.approx(term.item(), rel=1e-5) for name, term in terms.items()},
            **{f"d/{name}": pytest.approx(log_of(tmp_path)[0][f"d/{name}"]) for name in ("fake", "real")},
        }
    ]


def test_the_average_is_what_is_saved(tmp_path: Path) -> None:
    averages: list[EMA] = []

    class Watched(EMA):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            averages.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generators._training.EMA", Watched)
        state, network, _ = run(tmp_path, recipe=recipe_of(LGGAN, ema_decay=0.5))
    saved = generators.read_state(tmp_path / WEIGHTS)
    for key, value in averages[0].network.state_dict().items():
        assert torch.equal(saved[key], value)
        assert torch.equal(state[key], value)
    assert not torch.equal(saved["conv_img.weight"], network.state_dict()["conv_img.weight"])


def test_without_an_average_the_network_itself_is_saved(tmp_path: Path) -> None:
    _, network, _ = run(tmp_path, recipe=recipe_of(LGGAN, ema_decay=None))
    assert generators.state_digest(generators.read_state(tmp_path / WEIGHTS)) == generators.state_digest(
        network.state_dict()
    )


def test_fresh_fakes_are_made_by_the_updated_generator(tmp_path: Path) -> None:
    seen: list[Tensor] = []

    def watch(objective: Objective) -> None:
        original = objective.discriminator_terms

        def terms(cond: Tensor, real: Tensor, stages: dict[str, Tensor]) -> dict[str, Tensor]:
            assert not any(stage.requires_grad for stage in stages.values())
            seen.append(stages["image"])
            return original(cond, real, stages)

        objective.discriminator_terms = terms  # type: ignore[method-assign]

    for fresh in (False, True):
        recipe = recipe_of(LGGAN, steps=1, decay_steps=0, fresh_fakes=fresh)
        run(tmp_path / str(fresh), recipe=recipe, change=watch)
    network = LGGAN.generator().train()
    with torch.no_grad():
        first = network(next(batches(0))[0])
    torch.testing.assert_close(seen[0], first)
    assert not torch.allclose(seen[1], first)


def test_the_rate_follows_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []
    step = torch.optim.Adam.step

    def watched(self: torch.optim.Adam, *args: Any, **kwargs: Any) -> Any:
        rates.append(self.param_groups[0]["lr"])
        return step(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.Adam, "step", watched)
    run(tmp_path, recipe=recipe_of(LGGAN, steps=2, decay_steps=4, lr_g=1.0e-3, lr_d=2.0e-3), steps_per_epoch=2)
    assert rates[::2] == pytest.approx([1e-3, 1e-3, 1e-3, 1e-3, 0.5e-3, 0.5e-3])  # G
    assert rates[1::2] == pytest.approx([2e-3, 2e-3, 2e-3, 2e-3, 1e-3, 1e-3])  # D


def test_what_no_output_depends_on_stays_as_it_was(tmp_path: Path) -> None:
    _, network, _ = run(tmp_path)
    initial = LGGAN.generator()
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter, initial.get_parameter(name)) == name.startswith("fc.") or parameter.ndim == 1


def test_it_learns(tmp_path: Path) -> None:
    recipe = recipe_of(LGGAN, steps=40, decay_steps=0, lr_g=3e-3, lr_d=1e-3, ema_decay=None)
    cond, _ = next(batches(0))
    colors = torch.rand(3, 6, generator=torch.Generator().manual_seed(0)) * 2 - 1
    real = torch.einsum("cl,nlhw->nchw", colors, cond[:, :6])  # a colour for every label
    network = LGGAN.generator()
    objective, fabric = LGGAN.objective(network), Fabric(accelerator="cpu", devices=1)
    generators.train(fabric, network, objective, lambda start: repeat((cond, real)), recipe, tmp_path, seed=0)
    losses = [line["g/l1"] for line in log_of(tmp_path)]
    assert losses[-1] < 0.6 * losses[0]


def test_seeds_depend_on_every_part_and_are_the_same_everywhere() -> None:
    assert generators.derive_seed(0, "step", 3) == generators.derive_seed(0, "step", 3)
    parts = [(0,), (1,), (0, "a"), (0, "b"), (0, "a", 0), (0, "a", 1), ("a", 0), ("0a",)]
    seeds = {generators.derive_seed(*part) for part in parts}
    assert len(seeds) == len(parts)
    assert all(0 <= seed < 2**63 for seed in seeds)
    # first eight bytes of the SHA-256 of "abc" are ba7816bf 8f01cfea
    assert generators.derive_seed("abc") == 0xBA7816BF8F01CFEA >> 1


def test_batches_that_end_are_not_taken_for_the_end_of_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = batches
    monkeypatch.setitem(globals(), "batches", lambda start: itertools.islice(endless(start), 2))
    with pytest.raises(GeneratorError, match="the batches ended at step 2 of 6"):
        run(tmp_path)
    assert not (tmp_path / WEIGHTS).exists()
