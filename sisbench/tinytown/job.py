"""Many worlds into a folder: in parallel, resumable, the same files from any number of processes."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from sisbench.errors import InputError, counted
from sisbench.files import write_bytes
from sisbench.tinytown import journal, worlds, writer
from sisbench.tinytown.journal import Note
from sisbench.tinytown.render import render
from sisbench.tinytown.rendering import Rendering
from sisbench.tinytown.worlds import World

Plan = Callable[[int], World]
"""From the number of a world to the world; a function that other processes can import."""

Progress = Callable[[str, int, int], None]
"""Is told a stage ("verify", "compile", "render"), and how many of its worlds are done, of how many."""


def require_extra() -> None:
    """Raise `InputError` unless the ray tracer is installed."""
    if missing := [name for name in ("embreex", "trimesh") if importlib.util.find_spec(name) is None]:
        raise InputError(
            f"rendering needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed: "
            "pip install 'sisbench[render]'. The edition of tinytown in the package needs neither."
        )


def render_worlds(
    folder: Path,
    numbers: range,
    rendering: Rendering,
    jobs: int = 1,
    progress: Progress = lambda stage, done, total: None,
    plan: Plan = worlds.world,
) -> int:
    """Render worlds into a folder.

    Worlds that are already there, from an interrupted or an earlier call, are kept if their files are whole.

    Args:
        folder: Empty or new, or filled by an earlier call with the same rendering.
        numbers: Which worlds.
        rendering: Views, sizes, label space.
        jobs: Number of processes; the files do not depend on it.
        progress: Is told how far it is.
        plan: Makes a world of its number.

    Returns:
        Number of worlds in the folder, those of earlier calls included.

    Raises:
        InputError: The extra is not installed, the folder holds something else, is in use, or cannot be written.
    """
    require_extra()
    if len(numbers) < 1 or numbers[0] < 0:
        raise InputError(
            f"asked for {counted(len(numbers), 'world')} from number {numbers.start}; expected at least one, and "
            "numbers from 0. Check '--worlds' and '--first'."
        )
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; expected a folder. Name another one with '--output'.")
    journal.read(folder, rendering)  # refuse before anything is written
    with journal.alone(folder):
        notes = journal.read(folder, rendering)
        whole = journal.done(folder, notes, lambda done, total: progress("verify", done, total))
        begun = set(notes) - whole  # what was begun is finished, also beyond the range: no file is left without a world
        for number in begun:
            journal.sweep(folder, notes[number])
        todo = sorted((set(numbers) | begun) - whole)
        if jobs > 1 and len(todo) > 1:
            progress("compile", 0, 1)
            _compile(plan(todo[0]))
        total = len(whole) + len(todo)
        progress("render", len(whole), total)
        with closing(_rendered(folder, todo, rendering, jobs, plan)) as rendered:  # also when interrupted here
            for done, note in enumerate(rendered, start=len(whole) + 1):
                notes[note.number] = note
                progress("render", done, total)
        journal.close(folder, notes)
    return len(notes)


def render_world(folder: Path, number: int, rendering: Rendering, plan: Plan) -> Note:
    """Render one world into a folder: its note, its files, its note again with their digests."""
    world = plan(number)
    facts = writer.describe(world, rendering)
    journal.write(folder, Note(facts))
    digests = {}
    for name, content in writer.contents(world, rendering):
        write_bytes(folder / name, content)
        digests[name] = sha256(content).hexdigest()
    note = Note(facts, digests)
    journal.write(folder, note)
    return note


def _rendered(folder: Path, todo: list[int], rendering: Rendering, jobs: int, plan: Plan) -> Generator[Note]:
    """Yield the notes of worlds as they are finished."""
    jobs = min(jobs, len(todo))
    if jobs <= 1:
        yield from (render_world(folder, number, rendering, plan) for number in todo)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks
    with ProcessPoolExecutor(jobs, context, initializer=_follow_parent) as pool:
        futures = [pool.submit(render_world, folder, number, rendering, plan) for number in todo]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise InputError(
                f"a process that rendered into {folder} was killed, perhaps for want of memory. Issue the command "
                "again, with fewer '--jobs': it continues."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _compile(world: World) -> None:
    """Fill the compiler's cache, so that processes which start together find it."""
    for camera in (world.cameras["ground"], world.cameras["aerial"]):
        render(world.mesh, world.weather.light, world.air, camera, 32, 32, 0)


def _follow_parent() -> None:
    """Leave interrupts to the parent, which lets worlds in work be finished, and never outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)
