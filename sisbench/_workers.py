"""Many small tasks on few cores, with results that do not depend on how many there are.

A network that shares one image among the threads of a library spends much of its time waiting for them, most of all
where another program wants a core, and adds up in another order for each number of threads. So each task runs in one
thread, on a core of its own, and the tasks of several batches run at the same time. An accelerator has a queue of its
own: with one, tasks run where they are.
"""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import torch

from sisbench._feeds import Feed, Task

B = TypeVar("B")

MOST_WORKERS = 8
"""Workers on however many cores: each holds a batch, and what a network makes of it."""

AHEAD = 1
"""Batches in work beyond one for each worker: what keeps them busy while results are taken in."""


def run(feeds: Sequence[Feed], batches: Iterable[B], device: torch.device, after: Callable[[B], None]) -> None:
    """Run all batches through all feeds.

    Args:
        feeds: What takes the batches.
        batches: In order; they are drawn in the thread of the caller.
        device: Where networks run.
        after: Called with each batch when all feeds have taken it, in order.
    """
    with _pool(device) as (submit, workers):
        waiting: collections.deque[tuple[B, list[list[Future[Any]]]]] = collections.deque()
        lanes: dict[Hashable, Future[Any]] = {}

        def start(task: Task) -> Future[Any]:
            before = lanes.get(task.lane) if task.lane is not None else None
            future = submit(_after, before, task.call)
            if task.lane is not None:
                lanes[task.lane] = future
            return future

        def take() -> None:
            batch, started = waiting.popleft()
            for feed, futures in zip(feeds, started, strict=True):
                feed.take(batch, [future.result() for future in futures])
            after(batch)

        for batch in batches:
            waiting.append((batch, [[start(task) for task in feed.tasks(batch)] for feed in feeds]))
            if len(waiting) >= workers + AHEAD:
                take()
        while waiting:
            take()


def _after(before: Future[Any] | None, call: Callable[[], Any]) -> Any:
    """Run a task when the one before it in its lane has ended.

    Workers take tasks in the order they were given, so the one before has at least begun: nobody waits for ever.
    """
    if before is not None:
        wait([before])
    return call()


Submit = Callable[..., Future[Any]]


@contextlib.contextmanager
def _pool(device: torch.device) -> Iterator[tuple[Submit, int]]:
    """Give a way to submit calls, and the number of workers behind it."""
    threads = torch.get_num_threads()
    if device.type != "cpu" or threads == 1:
        yield _at_once, 0
        return
    workers = min(threads, MOST_WORKERS)
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        try:
            yield pool.submit, workers
        finally:
            pool.shutdown(cancel_futures=True)
            torch.set_num_threads(threads)  # the setting of one worker is also that of threads to come


def _at_once(call: Callable[..., Any], *arguments: Any) -> Future[Any]:
    """Run a call where it is."""
    future: Future[Any] = Future()
    future.set_result(call(*arguments))
    return future
