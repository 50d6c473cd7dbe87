"""Speed against quality: images a second that a run generated, and what its images are worth.

Speeds are those of the runs themselves: one image at a time, reading the layout and writing the file included. They
compare on one machine only, so runs on several devices are never drawn together.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sisbench.errors import InputError, counted
from sisbench.evaluation import Value
from sisbench.plots import Drawing, Option, register
from sisbench.plots._measured import no_number, numbers, records, require_one_task
from sisbench.plots._metrics import axis_of, dataset_title, scale_of
from sisbench.plots._scatter import Axis, Coordinate, Panel, Point, scatter
from sisbench.plots._text import absent
from sisbench.record import RunRecord
from sisbench.report_text import task

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@register(
    "speed",
    files="required",
    options=(
        Option("metric", "Output on the vertical axis.", default="miou"),
        Option("device", "Of runs on several devices, the one to draw, as the refusal writes it."),
    ),
)
def command(files: tuple[Path, ...], metric: str, device: str | None) -> Drawing:
    """Generation speed against a metric; measured runs only.

    FILES are run folders or their record.json files, all of the same samples under the same protocol, on one device.

    \b
    Examples:
      sisbench plot speed runs/tinytown/* -o speed.pdf
      sisbench plot speed runs/tinytown/* --metric fd_effnet --device 'NVIDIA H200' -o speed.pdf
    """  # noqa: D301 - click wants the character \b
    found = records(files)
    figure = speed(found, metric, device)
    return Drawing(figure, tuple(absent(missing(found, metric, device), shorten=False)))


def device_of(provenance: Mapping[str, Any]) -> str:
    """Return what a run generated on, in words.

    >>> device_of({"device": "cpu", "threads": 2, "processes": 1, "platform": "Linux x86_64"})
    'cpu, 2 threads, Linux x86_64'
    """
    device = str(provenance.get("device_name") or provenance.get("device") or "an unknown device")
    parts = [device]
    if provenance.get("device") == "cpu":
        parts += [counted(provenance["threads"], "thread")] if "threads" in provenance else []
        parts += [str(provenance["platform"])] if "platform" in provenance else []
    processes = int(provenance.get("processes", 1))
    return ", ".join(parts + ([f"{processes} processes"] if processes > 1 else []))


def images_per_second(timing: Mapping[str, float]) -> float | str:
    """Return the speed of a run, or the reason why it has none."""
    if "generate_images" not in timing:
        return "its record does not say how many images it made in the time (it is of an older version)."
    images, seconds = timing["generate_images"], timing.get("generate", 0.0)
    if images <= 0 or seconds <= 0:
        return "it made no images: they were there already."
    return images / seconds


def speed(runs: Mapping[str, RunRecord], metric: str = "miou", device: str | None = None) -> Figure:
    """Draw the figure.

    Args:
        runs: Records of the same layouts under one protocol, by the name beside the point.
        metric: Output on the vertical axis.
        device: The one to draw, as `device_of` writes it; None where there is one only.

    Raises:
        InputError: Several devices and none chosen, several tasks, or no run with both numbers.
    """
    drawn = _on_one_device(runs, device)
    evaluations = {name: run.evaluation for name, run in drawn.items()}
    require_one_task(evaluations)
    values, reasons = numbers(evaluations, metric)
    if not values:
        raise no_number(metric, reasons, evaluations.values(), "--metric")
    points = [
        Point(name, Coordinate(rate), _coordinate(values[name], metric), published=False)
        for name, run in drawn.items()
        if isinstance(rate := images_per_second(run.timing), float) and name in values
    ]
    absences = missing(runs, metric, device)
    if not points:
        why = "; ".join(f"{name}: {reason.rstrip('.')}" for name, reason in absences.items())
        raise InputError(
            f"no run has both a speed and {metric} ({why}); expected one at least. Run into a new folder with this "
            "version of sisbench."
        )
    first = next(iter(drawn.values()))
    rates = [point.x.value for point in points]
    panel = Panel(
        dataset_title(str(first.evaluation.provenance["dataset"])),
        Axis("Images per second", True, log=max(rates) > 8 * min(rates)),
        axis_of(metric, first.evaluation.higher_is_better[metric]),
        points,
    )
    lines = [
        f"measured: {task(first.evaluation.provenance)}, {counted(first.evaluation.n, 'image')}",
        f"generated on {device_of(first.provenance)}, one image at a time, files included",
    ]
    return scatter([panel], [*lines, *absent(absences)])


def missing(runs: Mapping[str, RunRecord], metric: str, device: str | None) -> dict[str, str]:
    """Return why runs are not drawn, by their names."""
    reasons = {}
    for name, run in runs.items():
        rate = images_per_second(run.timing)
        if device is not None and device_of(run.provenance) != device:
            reasons[name] = f"on another device ({device_of(run.provenance)})."
        elif isinstance(rate, str):
            reasons[name] = rate
        elif lacking := numbers({name: run.evaluation}, metric)[1]:
            reasons |= lacking
    return reasons


def _on_one_device(runs: Mapping[str, RunRecord], device: str | None) -> dict[str, RunRecord]:
    devices: dict[str, list[str]] = {}
    for name, run in runs.items():
        devices.setdefault(device_of(run.provenance), []).append(name)
    listed = "; ".join(f"{each!r}: {', '.join(names)}" for each, names in devices.items())
    if device is None and len(devices) > 1:
        raise InputError(
            f"the runs were made on {len(devices)} devices ({listed}); expected one, since speeds compare on one "
            "machine only. Choose it with '--device'."
        )
    if device is not None and device not in devices:
        raise InputError(f"no run was made on {device!r}; expected one of {listed}. Choose one of them.")
    return {name: run for name, run in runs.items() if device in (None, device_of(run.provenance))}


def _coordinate(value: Value, metric: str) -> Coordinate:
    scale = scale_of(metric)
    return Coordinate(value.value * scale, None if value.stderr is None else value.stderr * scale)
