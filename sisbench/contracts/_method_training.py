"""What every objective promises: weighted terms that reach every parameter, and a training that runs."""

from __future__ import annotations

import dataclasses
import itertools
import math
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

import generators
from sisbench.contracts._base import NotApplicable, Violation, require
from sisbench.contracts._method_cases import Case, Drawn, random_image


def require_weights(case: Case) -> None:
    """Raise `NotApplicable` for a method without weights."""
    if not generators.info(case.method).generator.trains:
        raise NotApplicable("it has no weights, so nothing is trained")


def every_parameter_learns(case: Case) -> None:
    """Gradients reach every parameter of G, E and D (as far as there are such); those of D's terms leave G alone."""
    require_weights(case)
    network = case.generator().train()
    objective = case.objective(network).train()
    real = random_image(2, case.size)
    stages = objective.stages(network, case.cond(), real)
    terms = objective.generator_terms(case.cond(), real, stages)
    discriminator = objective.discriminator_module()
    if discriminator is not None:
        discriminator.requires_grad_(False)
    torch.stack([objective.weight(name) * term for name, term in terms.items()]).sum().backward()
    _require_all_learn(network, network.unused_parameters)
    if (encoder := objective.encoder()) is not None:
        _require_all_learn(encoder)
    if discriminator is None:
        return

    network.zero_grad()
    discriminator.requires_grad_(True).zero_grad()
    detached = {name: stage.detach() for name, stage in stages.items() if isinstance(stage, Tensor)}
    torch.stack(list(objective.discriminator_terms(case.cond(), real, detached).values())).sum().backward()
    _require_all_learn(discriminator)
    require(all(p.grad is None for p in network.parameters()), "D's terms send gradients into G")


def _require_all_learn(network: nn.Module, unused: tuple[str, ...] = ()) -> None:
    """Every parameter has a finite gradient, and weights one that is not 0 (a bias before a norm has none to speak of).

    A gradient of None is what data-parallel training would wait for without end.
    """
    for name, parameter in network.named_parameters():
        if name.startswith(unused):  # an empty tuple is the start of nothing
            require(parameter.grad is None, f"{name} stands among unused_parameters but is used after all")
            continue
        if parameter.grad is None:
            raise Violation(f"{name} has no gradient")
        require(bool(parameter.grad.isfinite().all()), f"the gradient of {name} is not finite")
        require(parameter.ndim == 1 or bool(parameter.grad.any()), f"the gradient of {name} is 0")


def loss_terms_are_finite(case: Case) -> None:
    """Every loss term is a finite scalar, and each term of G has a weight in the recipe."""
    require_weights(case)
    network = case.generator().train()
    objective = case.objective(network).train()
    real = random_image(2, case.size)
    stages = objective.stages(network, case.cond(), real)
    terms = objective.generator_terms(case.cond(), real, stages)
    has_opponent = objective.discriminator_module() is not None
    d_terms = objective.discriminator_terms(case.cond(), real, stages) if has_opponent else {}
    for name, term in itertools.chain(terms.items(), d_terms.items()):
        require(term.shape == (), f"the term {name!r} has shape {tuple(term.shape)}, no scalar")
        require(math.isfinite(term.detach()), f"the term {name!r} is {float(term.detach())}")
    without = sorted(name for name in terms if not objective.weight(name))
    require(not without, f"the recipe has no weight for the terms {', '.join(without)}")


def terms_without_weight_are_off(case: Case) -> None:
    """A term of weight 0 is not computed."""
    require_weights(case)
    network = case.generator().train()
    objective = case.objective(network)
    real = random_image(2, case.size)
    stages = objective.stages(network, case.cond(), real)
    for name in objective.generator_terms(case.cond(), real, stages):
        objective.loss_weights = {**case.recipe.loss_weights, name: 0.0}
        found = objective.generator_terms(case.cond(), real, stages)
        require(name not in found, f"the term {name!r} is computed although its weight is 0")


def trains(case: Case) -> None:
    """It trains for two steps, and leaves weights that load and differ from the initial ones."""
    require_weights(case)
    from lightning_fabric import Fabric  # two seconds that only training needs

    network = case.generator()
    before = generators.state_digest(network.state_dict())
    recipe = dataclasses.replace(case.recipe, epochs=0, decay_epochs=0, steps=1, decay_steps=1, batch_size=2)
    recipe = dataclasses.replace(recipe, ema_refresh=min(recipe.ema_refresh, 1))
    batches = ((case.cond(2, seed), random_image(2, case.size, seed)) for seed in itertools.count())
    with tempfile.TemporaryDirectory(prefix="sisbench-contract-") as folder:
        state = generators.train(
            Fabric(accelerator="cpu", devices=1),
            network,
            case.objective(network),
            lambda step: itertools.islice(batches, step, None),
            recipe,
            Path(folder),
            seed=0,
            training_set=Drawn(case, 3),
        )
        written = generators.read_state(Path(folder, "generator.pth"))
    require(generators.state_digest(state) != before, "two steps leave the weights as they were")
    require(generators.state_digest(written) == generators.state_digest(state), "the file holds other weights")
    generators.load_state(case.generator(), written, "generator.pth")
