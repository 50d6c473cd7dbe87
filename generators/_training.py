"""The one training loop, for every method, on one process or many: G, and the network against it where there is one.

The loop weights the objective's named terms by the recipe, steps, averages, logs and saves. It knows no data set and no
method. A run that was killed continues from its last checkpoint with exactly the numbers that it would have had: the
checkpoint holds every state, random numbers are drawn afresh from (seed, step, rank) in every step, and batches are a
function of the step.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import importlib.util
import io
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from generators._base import Generator, Objective, Stages, freeze_unused, trainable
from generators._errors import GeneratorError
from generators._prepared import TrainingSet
from generators._recipe import Recipe
from generators.layers.ema import EMA

if TYPE_CHECKING:
    from lightning_fabric import Fabric

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "generator.pth"
DISCRIMINATOR = "discriminator.pth"
ENCODER = "encoder.pth"
KEPT = "kept"
LOG = "losses.jsonl"
_DIVERGED = (
    "training diverged: {} at step {}. The last good checkpoint is kept; lower the learning rates or change the "
    "recipe, and use another output folder."
)

Batches = Callable[[int], Iterator[tuple[Tensor, Tensor]]]
"""From a step, the batches from that step on: (cond, real), real in [-1, 1], the share of this process."""
Report = Callable[[int, Mapping[str, float]], None]
"""Told after a logged step: steps done, and the loss terms."""


_OpponentStep = Callable[[Tensor, Tensor, dict[str, Tensor]], dict[str, Tensor]]
"""From cond, real and G's detached stages to D's loss terms, after a step of D."""


def derive_seed(*parts: object) -> int:
    """Return a 63-bit seed that depends on every part and on nothing else."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


class _GeneratorStep(nn.Module):
    """G (and E) with their loss as one module, so that a data-parallel wrapper sees the whole step.

    What is to happen between G's forward and its loss (D's step, in recipes that take it first) is an argument.
    """

    def __init__(self, generator: Generator, objective: Objective) -> None:
        super().__init__()
        self.generator, self.encoder = generator, objective.encoder()
        self._objective = [objective]  # in a list: D is not part of this step's parameters

    def forward(
        self, cond: Tensor, real: Tensor, between: _OpponentStep | None
    ) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Tensor]]:
        objective = self._objective[0]
        stages = objective.stages(self.generator, cond, real)
        terms_d = {} if between is None else between(cond, real, _detached(stages))
        terms = objective.generator_terms(cond, real, stages)
        return terms, _detached(stages), terms_d


class _DiscriminatorStep(nn.Module):
    """D with its loss as one module."""

    def __init__(self, discriminator: nn.Module, objective: Objective) -> None:
        super().__init__()
        self.discriminator = discriminator
        self._objective = [objective]

    def forward(self, cond: Tensor, real: Tensor, stages: dict[str, Tensor]) -> dict[str, Tensor]:
        return self._objective[0].discriminator_terms(cond, real, stages)


def train(
    fabric: Fabric,
    generator: Generator,
    objective: Objective,
    batches: Batches,
    recipe: Recipe,
    run_dir: Path,
    *,
    seed: int,
    steps_per_epoch: int = 1,
    log_every: int = 10,
    checkpoint_seconds: float = 20.0,
    report: Report = lambda step, terms: None,
    training_set: TrainingSet | None = None,
) -> dict[str, Tensor]:
    """Train to the end of the recipe, continuing a run that was interrupted.

    Args:
        fabric: Devices, precision and processes; launched.
        generator: Initialised as the run's seed says; on the CPU.
        objective: Built for it.
        batches: Training data by step.
        recipe: Resolved to steps.
        run_dir: Receives `checkpoint.pt`, `losses.jsonl` and, at the end, `generator.pth`, and `discriminator.pth` and
            `encoder.pth` where there are such; `kept/STEP.pth` where the recipe keeps generators on the way.
        seed: Seed of the run.
        steps_per_epoch: The learning rate falls once an epoch.
        log_every: Steps between log lines.
        checkpoint_seconds: Time between checkpoints; no number depends on it.
        report: Called on the first process after each logged step.
        training_set: All its samples, for what a method derives from them after the last step (`Objective.finish`).

    Returns:
        The state of the generator to be used: the average where the recipe has one.

    Raises:
        GeneratorError: A loss is not finite (the last good checkpoint stays), the checkpoint does not fit, the
            batches end, or the recipe has no learning rate for D.
    """
    freeze_unused(generator)
    spare = copy.deepcopy(generator).to(fabric.device) if recipe.keep_every else generator
    decay = recipe.ema_decay
    ema = EMA(generator, decay, recipe.ema_whole_state) if decay is not None else None
    encoder, discriminator = objective.encoder(), objective.discriminator_module()
    optimizer_g = torch.optim.Adam(trainable([generator, encoder]), lr=recipe.lr_g, betas=recipe.betas)
    optimizers = [(optimizer_g, recipe.lr_g)]
    kept = [p for p in _below(generator, recipe.start) if p.requires_grad] if recipe.start_steps else []
    for parameter in kept:
        parameter.requires_grad_(False)
    if fabric.world_size > 1 and fabric.device.type == "cuda":  # the papers' synchronised batch norm
        generator = nn.SyncBatchNorm.convert_sync_batchnorm(generator)
    saved: dict[str, Any] = {"generator": generator, "objective": objective, "optimizer_g": optimizer_g}
    if ema is not None:
        ema.network.to(fabric.device)
        saved["ema"] = ema.network
    objective.to(fabric.device)
    step_g, fabric_g = fabric.setup(_GeneratorStep(generator, objective), optimizer_g)
    if discriminator is not None:
        if recipe.lr_d is None:
            raise GeneratorError("the recipe has no learning rate for the discriminator. Give it 'lr_d'.")
        optimizer_d = torch.optim.Adam(trainable([discriminator]), lr=recipe.lr_d, betas=recipe.betas)
        optimizers.append((optimizer_d, recipe.lr_d))
        saved["optimizer_d"] = optimizer_d
        step_d, fabric_d = fabric.setup(_DiscriminatorStep(discriminator, objective), optimizer_d)

    def opponent_step(cond: Tensor, real: Tensor, stages: dict[str, Tensor]) -> dict[str, Tensor]:
        assert discriminator is not None
        discriminator.requires_grad_(True)
        terms: dict[str, Tensor] = step_d(cond, real, stages)
        fabric_d.zero_grad()
        fabric.backward(torch.stack(list(terms.values())).sum())
        fabric_d.step()
        return terms

    def opponent_step_first(*batch: Any) -> dict[str, Tensor]:
        assert discriminator is not None
        terms = opponent_step(*batch)
        discriminator.requires_grad_(False)
        return terms

    used = ema.network if ema is not None else generator
    generator.train()
    objective.train()

    identity = _identity(generator, recipe, seed, fabric.world_size)
    start = _resume(run_dir / CHECKPOINT, saved, identity)
    last_save = time.monotonic()
    with contextlib.closing(_Log(run_dir, start, active=fabric.is_global_zero)) as log:
        stream = batches(start)
        for step in range(start, recipe.total_steps):
            if kept and step >= recipe.start_steps:  # wrapped anew: a data-parallel wrapper knows what it waits for
                for parameter in kept:
                    parameter.requires_grad_(True)
                kept = []
                step_g, fabric_g = fabric.setup(_GeneratorStep(generator, objective), optimizer_g)
            batch = next(stream, None)
            if batch is None:
                raise GeneratorError(f"the batches ended at step {step} of {recipe.total_steps}; they must be endless.")
            cond, real = batch
            torch.manual_seed(derive_seed(seed, "step", step, fabric.global_rank))
            objective.step = step
            cond, real = cond.to(fabric.device), real.to(fabric.device)
            factor = recipe.lr_factor(step, steps_per_epoch)
            for optimizer, rate in optimizers:
                optimizer.param_groups[0]["lr"] = rate * factor

            if discriminator is not None:
                discriminator.requires_grad_(False)
            first = discriminator is not None and recipe.discriminator_first
            terms_g, stages, terms_d = step_g(cond, real, opponent_step_first if first else None)
            fabric_g.zero_grad()
            fabric.backward(_weighted(terms_g, objective))
            fabric_g.step()
            if ema is not None:
                ema.update(generator, step)
            if discriminator is not None and not first:
                if recipe.fresh_fakes:
                    with torch.no_grad():
                        stages = _detached(objective.stages(generator, cond, real))
                terms_d = opponent_step(cond, real, stages)
            if discriminator is not None:
                discriminator.requires_grad_(True)

            done = step + 1
            due = fabric.is_global_zero and time.monotonic() - last_save > checkpoint_seconds
            if done % log_every == 0 or done == recipe.total_steps or due:
                values = _finite(
                    {f"g/{k}": v for k, v in terms_g.items()} | {f"d/{k}": v for k, v in terms_d.items()}, done
                )
                if done % log_every == 0 or done == recipe.total_steps:
                    log.write(done, values)
                if fabric.is_global_zero:
                    report(done, values)
            if recipe.keep_every and (done % recipe.keep_every == 0 or done == recipe.total_steps):
                spare.load_state_dict(used.state_dict())
                _renew_statistics(spare, fabric, objective, batches(done), recipe, seed)
                if fabric.is_global_zero:  # before the checkpoint: what lies behind that is there
                    _atomic_save(_on_cpu(spare.state_dict()), run_dir / KEPT / f"{done:08d}.pth")
            if due:
                _save(run_dir / CHECKPOINT, saved, identity, done)
                last_save = time.monotonic()
    if fabric.is_global_zero:
        _save(run_dir / CHECKPOINT, saved, identity, recipe.total_steps)
    if recipe.ema_refresh:
        _renew_statistics(used, fabric, objective, batches(recipe.total_steps), recipe, seed)
    if fabric.is_global_zero:
        objective.finish(used, training_set, seed)
    result = used.state_dict()
    if fabric.is_global_zero:
        if encoder is not None:
            _atomic_save(_on_cpu(encoder.state_dict()), run_dir / ENCODER)
        if discriminator is not None:
            _atomic_save(_on_cpu(discriminator.state_dict()), run_dir / DISCRIMINATOR)
        _atomic_save(_on_cpu(result), run_dir / WEIGHTS)  # last: where it is, the training is done
    fabric.barrier()
    return result


@torch.no_grad()
def _renew_statistics(
    network: Generator,
    fabric: Fabric,
    objective: Objective,
    stream: Iterator[tuple[Tensor, Tensor]],
    recipe: Recipe,
    seed: int,
) -> None:
    """Let batches pass in training mode, those behind the last step's (`Recipe.ema_refresh`).

    Parameters stay as they are. Batch statistics are of all processes on GPUs, else, as in training, of the first's.
    """
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
    network.train()
    for number in range(recipe.ema_refresh):
        cond, real = next(stream)
        torch.manual_seed(derive_seed(seed, "refresh", number, fabric.global_rank))
        objective.stages(network, cond.to(fabric.device), real.to(fabric.device))


def _below(generator: Generator, prefixes: tuple[str, ...]) -> list[nn.Parameter]:
    return [parameter for name, parameter in generator.named_parameters() if name.startswith(prefixes)]


def _detached(stages: Stages) -> dict[str, Tensor]:
    return {name: stage.detach() for name, stage in stages.items() if isinstance(stage, Tensor)}


def _on_cpu(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.cpu() for name, value in state.items()}


def _weighted(terms: Mapping[str, Tensor], objective: Objective) -> Tensor:
    return torch.stack([objective.weight(name) * term for name, term in terms.items()]).sum()


def _finite(terms: Mapping[str, Tensor], step: int) -> dict[str, float]:
    values = {name: float(term.detach()) for name, term in terms.items()}
    for name, value in values.items():
        if value != value or abs(value) == float("inf"):
            raise GeneratorError(_DIVERGED.format(f"the loss term {name!r} is {value}", step))
    return values


def _identity(generator: Generator, recipe: Recipe, seed: int, world_size: int) -> str:
    """What a checkpoint must agree on to be continued."""
    task = (type(generator).__name__, generator.num_labels, generator.edges, generator.size)
    return json.dumps([task, recipe.stated(), seed, world_size], sort_keys=True)


def _resume(path: Path, saved: Mapping[str, Any], identity: str) -> int:
    """Load a checkpoint, if there is one; return the number of steps it has done."""
    if not path.exists():
        return 0
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        if belongs := checkpoint["identity"] == identity:
            for name, part in saved.items():
                part.load_state_dict(checkpoint[name])
            step = int(checkpoint["step"])
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to spell
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GeneratorError(
            f"the checkpoint {path} is damaged ({reason}). Remove it to start this training anew."
        ) from error
    if not belongs:
        raise GeneratorError(
            f"the checkpoint {path} belongs to another method, label space, size, recipe, seed or number of processes. "
            "Use another output folder, or remove it to start anew."
        )
    return step


def _save(path: Path, saved: Mapping[str, Any], identity: str, step: int) -> None:
    """Save a checkpoint, unless the step just taken has made weights that nothing can be continued from."""
    state = {name: part.state_dict() for name, part in saved.items()}
    for name in ("generator", "objective"):
        for key, value in state[name].items():
            if not value.isfinite().all():
                raise GeneratorError(_DIVERGED.format(f"{name}.{key} is not finite", step))
    _atomic_save({"identity": identity, "step": step, **state}, path)


def _atomic_save(value: Any, path: Path) -> None:
    """Save under a temporary name, then rename: a file that exists is whole."""
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        buffer = (
            io.BytesIO()
        )  # torch turns a full disk into an error of its own; a plain write reports it as what it is
        torch.save(value, buffer)
        with temporary.open("wb") as stream:
            stream.write(buffer.getbuffer())
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class _Log:
    """Loss terms as JSON lines, and as TensorBoard events where that is installed.

    Lines from beyond the checkpoint that a run continues from are dropped: they will be written again.
    """

    def __init__(self, run_dir: Path, start: int, *, active: bool) -> None:
        self._stream, self._writer = None, None
        if not active:
            return
        path = run_dir / LOG
        lines = path.read_text().splitlines() if path.exists() else []
        kept = [line for line in lines if _step_of(line) <= start]
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_text("".join(f"{line}\n" for line in kept))
        temporary.replace(path)
        self._stream = path.open("a")
        if importlib.util.find_spec("tensorboard"):
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(run_dir / "tensorboard", purge_step=start)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        if self._stream is None:
            return
        self._stream.write(json.dumps({"step": step, **values}) + "\n")
        self._stream.flush()
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        for part in (self._stream, self._writer):
            if part is not None:
                part.close()


def _step_of(line: str) -> int | float:
    """Step of a log line; a line cut short by a kill is beyond everything."""
    try:
        return int(json.loads(line)["step"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return float("inf")
