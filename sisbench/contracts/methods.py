"""What every method promises, in each of its recipes."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path

import torch

import generators
from generators import Generator, GeneratorError, Objective
from sisbench.contracts._base import NotApplicable, Suite, Violation, require
from sisbench.contracts._method_cases import Case, Drawn, cases, noise_of
from sisbench.contracts._method_training import (
    every_parameter_learns,
    loss_terms_are_finite,
    require_weights,
    terms_without_weight_are_off,
    trains,
)


def declares_where_it_comes_from(case: Case) -> None:
    """It names title, task and paper, and recipes with sources, one of them `quick` for small machines."""
    info = generators.info(case.method)
    require(info.name == case.method, f"it is called {info.name!r}")
    tasks = ("layout", "edit", "cross-view")
    require(info.task in tasks, f"its task is {info.task!r}, none of {', '.join(map(repr, tasks))}")
    crossview = info.task == "cross-view"
    agreed = (info.generator.crossview, info.generator.edits) == (crossview, info.task == "edit")
    require(agreed, f"its task is {info.task!r}, its network's is not")
    of_layouts = ("unlabeled", "layout", "edges", "instances")
    parts, needed = (("source", "semantics", "layout"), "source") if crossview else (of_layouts, "layout")
    stated = [needed if part == "values" and not crossview else part for part in info.conditions]
    ordered = stated == [part for part in parts if part in stated] and needed in stated
    require(
        ordered or (info.conditions == ("classes",) and not crossview),
        f"its conditions are {info.conditions!r}; there are {', '.join(map(repr, parts))}, in this order, of which "
        f"{needed!r} must be" + ("" if crossview else " (or 'values' in its place), or 'classes'"),
    )
    for what, text in (("title", info.title), ("paper", info.paper), ("docstring", info.generator.__doc__)):
        require(bool(text), f"it has no {what}")
    require("quick" in info.recipes, f"its recipes are {', '.join(info.recipes) or 'none'}; 'quick' is missing")
    require(issubclass(info.objective, Objective), f"{info.objective!r} is no generators.Objective")
    for name, recipe in info.recipes.items():
        require(bool(recipe.source), f"recipe {name!r} has no source")
        steps = recipe.resolved(1000).total_steps
        require(steps > 0 or not info.generator.trains, f"recipe {name!r} trains for no step")
    json.dumps({name: dataclasses.asdict(recipe) for name, recipe in info.recipes.items()}, allow_nan=False)


def images_are_in_range(case: Case) -> None:
    """Images have the size of the layout and lie in [-1, 1], in training and in evaluation."""
    for training in (True, False):
        require_images_in_range(case, training)


def require_images_in_range(case: Case, training: bool) -> None:
    """Raise a `Violation` unless images have the size of the layout and lie in [-1, 1], in one of the two modes."""
    network = case.generator()
    with torch.no_grad():
        if not training:
            _settle(network, case)
        image = network.train(training)(case.cond(), noise_of(network, 2))
    require(image.shape == (2, 3, *case.size), f"images have shape {tuple(image.shape)}, not {(2, 3, *case.size)}")
    require(image.dtype == torch.float32, f"images are {image.dtype}, not float32")
    require(bool(image.isfinite().all()), "images are not finite")
    require(bool(image.abs().max() <= 1), f"images reach {float(image.abs().max()):.3g}, beyond [-1, 1]")
    # a network that ignores its input passes the lines above
    require(bool(image.std() > 0.01), "images of random layouts are all but flat")


def _settle(network: Generator, case: Case) -> None:
    """Take the statistics of batch norms from a batch: by the initial ones, signals die away in a deep network."""
    layers = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    if layers:
        for layer in layers:
            layer.momentum = 1.0
        network.train()(case.cond(), noise_of(network, 2))


def other_sizes_work(case: Case) -> None:
    """It can be built for other sizes, tall ones among them (a cross-view method for larger squares)."""
    height, width = size = (128, 128) if case.crossview else (128, 64)
    other = dataclasses.replace(case, size=size)
    network = other.generator().eval()
    with torch.no_grad():
        shape = tuple(network(other.cond(1), noise_of(network, 1)).shape)
    require(shape == (1, 3, *size), f"built for {height}x{width} it makes images of shape {shape}")


def is_deterministic(case: Case) -> None:
    """Equal weights, layouts and noise give equal images."""
    first, second = case.generator(seed=3).eval(), case.generator(seed=3).eval()
    with torch.no_grad():
        image = first(case.cond(), noise_of(first, 2))
        require(torch.equal(image, first(case.cond(), noise_of(first, 2))), "a second call gives another image")
        require(torch.equal(image, second(case.cond(), noise_of(second, 2))), "the same seed gives another network")


def noise_follows_its_generator(case: Case) -> None:
    """Noise is a function of the random generator that it is given."""
    network = case.generator()
    first, second = noise_of(network, 4), noise_of(network, 4)
    if first is None or second is None:
        require(first is second, "it draws noise sometimes")
        return
    require(len(first) == 4, f"noise of 4 images has shape {tuple(first.shape)}")
    require(torch.equal(first, second), "the same generator gives other noise")


def images_do_not_depend_on_their_batch(case: Case) -> None:
    """In evaluation an image does not depend on its batch, unless it says so (`Generator.images_together`)."""
    network = case.generator()
    if network.images_together(case.recipe.model) > 1:
        _require_dependence(case, network)
        return
    noise, cond = noise_of(network, 3), case.cond(3)
    with torch.no_grad():
        network.train()(cond, noise)  # running statistics that are not the initial ones
        together = network.eval()(cond, noise)
        for i in range(3):
            alone = network(cond[i : i + 1], None if noise is None else noise[i : i + 1])
            apart = float((alone[0] - together[i]).abs().max())
            # rounding: deep networks with norms of a few pixels, in any form, are 2e-5 from their float64 results
            require(apart <= 5e-5, f"an image alone and in a batch of 3 differ by {apart:.3g}")


def _require_dependence(case: Case, network: Generator) -> None:
    """Raise a `Violation` if images that are said to depend on their batch do not: they could be made one by one."""
    noise, cond = noise_of(network, 3), case.cond(3)
    with torch.no_grad():
        network.train()(cond, noise)
        together = network.eval()(cond, noise)
        alone = network(cond[:2], None if noise is None else noise[:2])
    apart = float((alone - together[:2]).abs().max())
    require(apart > 1e-4, f"its images are to be made together, but a smaller batch changes them by {apart:.3g} only")


def what_it_prepares_is_whole_and_the_same_each_time(case: Case) -> None:
    """What it prepares is equal for equal training sets, says its digest and size, and is refused where it is not."""
    network = case.unprepared()
    if not network.prepares:
        raise NotApplicable("it prepares nothing")
    facts = []
    with tempfile.TemporaryDirectory(prefix="sisbench-contract-") as name:
        for folder in (Path(name, "first"), Path(name, "second")):
            network.prepare(Drawn(case, 3), folder, lambda done, total: None)
            facts.append(dict(network.use_prepared(folder)))
        try:
            case.unprepared().use_prepared(Path(name, "nothing"))
        except GeneratorError as error:
            require("nothing" in str(error), f"the message does not name the folder: {error}")
        else:
            raise Violation("a folder in which nothing was prepared is taken")
    require(facts[0] == facts[1], f"prepared twice it is {facts[0]} and {facts[1]}")
    digest, size = facts[0].get("sha256"), facts[0].get("bytes")
    require(isinstance(digest, str) and len(digest) == 64, f"its digest is {digest!r}")
    require(isinstance(size, int) and size > 0, f"its size is {size!r} bytes")
    json.dumps(facts[0], allow_nan=False)


def unused_parameters_exist(case: Case) -> None:
    """Every prefix among `unused_parameters` is that of a parameter."""
    network = case.generator()
    names = [name for name, _ in network.named_parameters()]
    idle = [prefix for prefix in network.unused_parameters if not any(name.startswith(prefix) for name in names)]
    require(not idle, f"no parameter starts with {', '.join(idle)}")


def state_makes_the_same_network(case: Case) -> None:
    """A state that is saved and loaded makes the same network, with the same digest."""
    require_weights(case)
    network, other = case.generator(seed=0), case.generator(seed=1)
    noise = noise_of(network, 2)
    with torch.no_grad():
        network.train()(case.cond(), noise)
    with tempfile.TemporaryDirectory(prefix="sisbench-contract-") as folder:
        path = Path(folder, "g.pth")
        torch.save(network.state_dict(), path)
        generators.load_state(other, generators.read_state(path), "g.pth")
    with torch.no_grad():
        same = torch.equal(network.eval()(case.cond(), noise), other.eval()(case.cond(), noise))
    require(same, "the loaded network makes other images")
    digests = {generators.state_digest(each.state_dict()) for each in (network, other)}
    require(len(digests) == 1, "the loaded network's state has another digest")


def other_conditions_are_refused(case: Case) -> None:
    """A condition of another shape is refused with a GeneratorError that says what the network was built for."""
    labels, _ = case.labels
    network = case.generator()
    conditions = {
        "a channel less": case.cond()[:, 1:],
        "another size": dataclasses.replace(case, size=(128, 128)).cond(),
        "no batch": case.cond()[0],
    }
    expected = f"it was built for (N, {network.cond_channels}, {case.size[0]}, {case.size[1]}): {labels} labels"
    for what, cond in conditions.items():
        try:
            network(cond, noise_of(network, 2))
        except GeneratorError as error:
            require(expected in str(error), f"the message for {what} does not say {expected!r}: {error}")
        else:
            raise Violation(f"a condition with {what} is taken")


def odd_sizes_are_refused_or_made(case: Case) -> None:
    """A size that is no multiple of 4 is refused when the network is built, or made."""
    odd = dataclasses.replace(case, size=(62, 126))
    try:
        network = odd.generator().eval()
    except GeneratorError as error:
        require("62x126" in str(error), f"the message does not name the size 62x126: {error}")
        return
    layout = torch.zeros(1, network.cond_channels, 62, 126)
    with torch.no_grad():
        shape = tuple(network(layout, noise_of(network, 1)).shape)
    require(shape == (1, 3, 62, 126), f"built for 62x126 it makes images of shape {shape}")


SUITE = Suite(
    (
        declares_where_it_comes_from,
        images_are_in_range,
        other_sizes_work,
        odd_sizes_are_refused_or_made,
        other_conditions_are_refused,
        is_deterministic,
        noise_follows_its_generator,
        images_do_not_depend_on_their_batch,
        what_it_prepares_is_whole_and_the_same_each_time,
        unused_parameters_exist,
        loss_terms_are_finite,
        terms_without_weight_are_off,
        every_parameter_learns,
        state_makes_the_same_network,
        trains,
    ),
    cases,
)
