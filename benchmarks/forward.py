"""Forward passes of every method at paper size: the layer list as plain PyTorch, and ours, side by side.

The plain form of a method is `plain/NAME.py`; a method that has one is measured. Both forms have the same random
weights and see the same street of tinytown, rendered at the recipe's size in the label space of its data set, and
`noise`, a label for every pixel by itself: the worst case of what is computed once for equal neighbourhoods. Each form
runs in processes of its own, forms alternate. The error of a form is its distance from the plain form in float64. For
networks with SPADE norms a second table says at which resolution they go by neighbourhoods, and where they fall back.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import benchmarks.plain
import generators
from benchmarks import _layouts
from benchmarks._measure import RESULTS, Cost, in_fresh_process, machine, spread, write_results
from generators.layers.norms import CondPyramid, SpadeNorm

FORMS = ("plain", "plain-channels-last", "ours", "ours-by-pixel", "ours-bf16", "ours-compiled")
"""`ours-by-pixel` is ours without neighbourhoods, which it should differ from by rounding alone."""
EXACT = "exact"
"""The plain form in float64, which is not timed."""

FIGURES = {"every method": 1.0, "spade": 1.8, "oasis": 1.8, "lggan": 1.5, "ecgan": 1.5, "safm": 1.1, "difference": 1e-5}
"""What is to be reached on streets: times as fast as the plain form, and the largest difference from its image."""
LESS_MEMORY = {"lggan": 2.0}
"""Times less memory than the plain form that is to be reached on streets."""


def methods() -> list[str]:
    """Methods that have a plain form."""
    return sorted(module.name for module in pkgutil.iter_modules(benchmarks.plain.__path__))


Forward = Callable[[Tensor, Tensor | None], Tensor]


def forward_of(form: str, network: generators.Generator) -> Forward:
    """Return what is measured of a network: `plain` of its file, or the network itself, or `ours` of its file."""
    file = importlib.import_module(f"benchmarks.plain.{_name(network)}")
    if form.startswith("plain") or form == EXACT:
        made: Forward = file.plain(network)
        if form == "plain-channels-last":
            if isinstance(made, torch.nn.Module):
                made.to(memory_format=torch.channels_last)
            return lambda cond, noise: made(cond.contiguous(memory_format=torch.channels_last), noise)
        return made
    ours: Forward = file.ours(network) if hasattr(file, "ours") else network
    if form == "ours-by-pixel":
        SpadeNorm._worthwhile = lambda self, x, cond: None  # type: ignore[method-assign]
    if form == "ours-bf16":

        def reduced(cond: Tensor, noise: Tensor | None) -> Tensor:
            with torch.autocast(cond.device.type, dtype=torch.bfloat16):
                return ours(cond, noise).float()

        return reduced
    return torch.compile(ours) if form == "ours-compiled" else ours


def _name(network: generators.Generator) -> str:
    return next(name for name in generators.names() if type(network) is generators.info(name).generator)


def child(form: str, method: str, recipe: str, folder: Path, repeats: int, device: str) -> None:
    """Measure one form in this process, and keep its image."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    space = recipe.partition("-")[0]
    cond: Tensor = torch.load(folder / "cond.pt", weights_only=True).to(device)
    network = _layouts.built(method, recipe, space, (cond.shape[2], cond.shape[3]))
    generators.load_state(network, torch.load(folder / "state.pt", weights_only=True, mmap=True), "the benchmark")
    noise = network.sample_noise(1, torch.Generator().manual_seed(0))
    if form == EXACT:
        torch.set_default_dtype(torch.float64)  # of what the plain form is built of
    network.to(device, torch.get_default_dtype()).eval()
    cond = cond.to(torch.get_default_dtype())
    if noise is not None:
        noise = noise.to(cond) if noise.is_floating_point() else noise.to(device)  # CRN's is the number of an image
    forward = forward_of(form, network)
    image: list[Tensor] = []
    cpu: list[float] = []

    def call() -> None:
        start = time.process_time()
        with torch.no_grad():
            image[:] = [forward(cond, noise)]
        if device == "cuda":
            torch.cuda.synchronize()
        cpu.append(time.process_time() - start)

    cost = Cost.of(call, repeats)
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else cost.peak_bytes
    torch.save(image[0].double().cpu(), folder / "image.pt")
    print(json.dumps({"seconds": cost.seconds, "cpu_seconds": cpu[1:], "peak_bytes": peak}))


def compare(
    method: str, recipe: str, layout: str, maps: _layouts.Maps, forms: Sequence[str], options: argparse.Namespace
) -> dict[str, Any]:
    """Measure the forms of a method on one layout, in turns."""
    space = recipe.partition("-")[0]
    cond = _layouts.seen_by(method, recipe, space, maps)
    found: dict[str, list[dict[str, Any]]] = {form: [] for form in forms}
    images: dict[str, Tensor] = {}
    network = _layouts.built(method, recipe, space, (cond.shape[2], cond.shape[3]))
    _layouts.settle(network, cond)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        torch.save(cond, folder / "cond.pt")
        torch.save(network.state_dict(), folder / "state.pt")
        norms = decisions(network, cond)
        del network

        def run(form: str, repeats: int) -> dict[str, Any]:
            arguments = ["--child", form, method, recipe, str(folder), str(repeats), options.device]
            measured = in_fresh_process("benchmarks.forward", *arguments, threads=options.threads)
            images[form] = torch.load(folder / "image.pt", weights_only=True)
            return measured

        run(EXACT, 0)
        for _ in range(options.rounds):
            for form in forms:
                found[form].append(run(form, options.repeats))
    costs = {form: _cost(runs) for form, runs in found.items()}
    theirs = costs[forms[0]]
    for form, cost in costs.items():
        cost["times_as_fast"] = theirs["seconds"]["median"] / cost["seconds"]["median"]
        cost["times_less_cpu"] = theirs["cpu_seconds"]["min"] / cost["cpu_seconds"]["min"]
        cost["max_difference"] = {
            other: (images[form] - images[other]).abs().max().item() for other in images if other != form
        }
    size = f"{cond.shape[2]}x{cond.shape[3]}"
    return {"method": method, "recipe": recipe, "size": size, "layout": layout, "forms": costs, "norms": norms}


def _cost(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "seconds": spread([value for run in runs for value in run["seconds"]]),
        "cpu_seconds": spread([value for run in runs for value in run["cpu_seconds"]]),
        "peak_mb": statistics.median(run["peak_bytes"] for run in runs) / 2**20,
    }


def decisions(network: generators.Generator, cond: Tensor) -> list[dict[str, Any]]:
    """What the SPADE norms of a network decide on one condition, by resolution."""
    if not any(isinstance(module, SpadeNorm) for module in network.modules()):
        return []
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    decide = SpadeNorm._worthwhile

    def noted(self: SpadeNorm, x: Tensor, pyramid: CondPyramid) -> Any:
        shared, found = decide(self, x, pyramid), pyramid.neighbourhoods(x)
        size = (x.shape[2], x.shape[3])
        row = rows.setdefault(size, {"resolution": f"{size[0]}x{size[1]}", "pixels": size[0] * size[1], "channels": []})
        row["channels"].append(x.shape[1])
        row["distinct_3x3"], row["distinct_5x5"] = (
            (found.count.small, found.count.large) if found else ("too many", "too many")
        )
        row["by_neighbourhood"] = shared is not None
        return shared

    SpadeNorm._worthwhile = noted  # type: ignore[method-assign]
    try:
        with torch.no_grad():
            network.eval()(cond, network.sample_noise(1, torch.Generator().manual_seed(0)))
    finally:
        SpadeNorm._worthwhile = decide  # type: ignore[method-assign]
    return list(rows.values())


def main() -> None:
    """Measure everything and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--methods", help="comma-separated; default: all that have a plain form")
    parser.add_argument("--recipes", default="cityscapes", help="comma-separated; a method takes those that it has")
    parser.add_argument("--size", help="HxW in place of the recipes' own")
    parser.add_argument("--layouts", default="street,noise", help="comma-separated: street, noise")
    parser.add_argument("--forms", default=",".join(FORMS[:-1]), help=f"comma-separated: {', '.join(FORMS)}")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=["cpu", "cuda"])
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each process")
    parser.add_argument("--rounds", type=int, default=2, help="processes for each form and layout")
    parser.add_argument("--repeats", type=int, default=2, help="timed calls in each process")
    parser.add_argument("--add", action="store_true", help="keep results of methods, recipes and layouts left out now")
    parser.add_argument("--child", nargs=6, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        form, method, recipe, folder, repeats, device = options.child
        child(form, method, recipe, Path(folder), int(repeats), device)
        return

    about = machine(options.threads) | {"device": options.device}
    torch.set_num_threads(options.threads)
    forms = options.forms.split(",")
    if forms[0] != "plain" or not set(forms) <= set(FORMS):
        parser.error(f"--forms are plain, then some of {', '.join(FORMS[1:])}; got {options.forms}")
    file = RESULTS / "forward.json"
    rows: list[dict[str, Any]] = json.loads(file.read_text())["rows"] if options.add and file.exists() else []
    text, lines = "nothing to measure: no method has such a recipe", []
    for method in options.methods.split(",") if options.methods else methods():
        recipes = generators.info(method).recipes
        for recipe in options.recipes.split(","):
            if recipe not in recipes:
                continue
            size = tuple(map(int, options.size.split("x"))) if options.size else recipes[recipe].size
            assert size is not None, f"recipe {recipe} of {method} has no size; give '--size'"
            space = recipe.partition("-")[0]
            for layout in options.layouts.split(","):
                street = layout == "street"
                maps = _layouts.streets(space, size, 1)[0] if street else _layouts.noise(space, size)
                row = compare(method, recipe, layout, maps, forms, options) | {"machine": about}
                rows = sorted([*(other for other in rows if _key(other) != _key(row)), row], key=_key)
                text, lines = report(about, rows)  # after each: an interrupted run leaves what it has
    print(text, *lines, sep="\n")


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    """What a row is of; streets come first."""
    return row["method"], row["recipe"], row["size"], str(row["layout"] != "street"), row["layout"]


def report(about: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """Write the results; return them as text, and what was reached on streets.

    Rows that stand there from before say the load of the machine then.
    """
    table = [
        [
            "method, recipe, layout",
            "form",
            "ms (range)",
            "times as fast",
            "CPU ms",
            "times",
            "MB",
            "from plain",
            "error",
            "load",
        ]
    ]
    for row in rows:
        for form, cost in row["forms"].items():
            s = cost["seconds"]
            table.append(
                [
                    f"{row['method']} {row['recipe']} {row['size']} {row['layout']}",
                    form,
                    f"{1e3 * s['median']:.0f} ({1e3 * s['min']:.0f}-{1e3 * s['max']:.0f})",
                    f"{cost['times_as_fast']:.2f}",
                    f"{1e3 * cost['cpu_seconds']['min']:.0f}",
                    f"{cost['times_less_cpu']:.2f}",
                    f"{cost['peak_mb']:.0f}",
                    f"{cost['max_difference'].get('plain', 0):.0e}",
                    f"{cost['max_difference'][EXACT]:.0e}",
                    str(row.get("machine", about)["load_before"]),
                ]
            )
    reached = {}
    for row in rows:
        if row["layout"] == "street" and "ours" in row["forms"]:
            ours, plain = row["forms"]["ours"], row["forms"]["plain"]
            reached[f"{row['method']} {row['recipe']}"] = {
                "times_as_fast": ours["times_as_fast"],
                "times_less_cpu": ours["times_less_cpu"],
                "times_less_memory": plain["peak_mb"] / ours["peak_mb"],
                "difference": ours["max_difference"]["plain"],
                "error": ours["max_difference"][EXACT],
                "error_of_plain": plain["max_difference"][EXACT],
            }
    result = {"machine": about, "figures": FIGURES, "reached": reached, "rows": rows}
    write_results("forward", "Forward passes at paper size, one image", result, table)
    text, lines = _with_norms(rows), []
    for name, values in reached.items():
        goal = FIGURES.get(name.partition(" ")[0], FIGURES["every method"])
        memory = LESS_MEMORY.get(name.partition(" ")[0])
        lines.append(
            f"{name}: {values['times_as_fast']:.2f} times as fast, {values['times_less_cpu']:.2f} times less processor "
            f"time (to reach: {goal}), {values['times_less_memory']:.2f} times less memory"
            f"{f' (to reach: {memory})' if memory else ''}, {values['difference']:.1e} apart (allowed: "
            f"{FIGURES['difference']:.0e}); error {values['error']:.1e}, of the plain form "
            f"{values['error_of_plain']:.1e}."
        )
    return text, lines


def _with_norms(rows: list[dict[str, Any]]) -> str:
    """Append the table of the norms' decisions to the results; return all of it."""
    lines = ["| method, recipe, layout | resolution | norms | distinct 3x3 | distinct 5x5 | of pixels | form |"]
    lines.append("|---" * 7 + "|")
    for row in rows:
        for norm in row["norms"]:
            large = norm["distinct_5x5"]
            share = f"{100 * large / norm['pixels']:.0f} %" if isinstance(large, int) else ""
            how = "by neighbourhood" if norm["by_neighbourhood"] else "pixel by pixel"
            name = f"{row['method']} {row['recipe']} {row['layout']}"
            cells = [name, norm["resolution"], len(norm["channels"]), norm["distinct_3x3"], large, share, how]
            lines.append(f"| {' | '.join(map(str, cells))} |")
    path = RESULTS / "forward.md"
    text = path.read_text() + "\nSPADE norms, by resolution:\n\n" + "\n".join(lines) + "\n"
    path.write_text(text)
    return text


if __name__ == "__main__":
    main()
