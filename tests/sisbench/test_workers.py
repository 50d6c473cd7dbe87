from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest
import torch

from sisbench._feeds._base import CPU, Feed, Task
from sisbench._workers import AHEAD, run


@pytest.fixture(params=[1, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """Threads of torch, hence workers."""
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(1)


class Recorder(Feed):
    """Takes numbers: squares them at any time, adds them up in a lane."""

    def __init__(self) -> None:
        super().__init__((), {}, CPU)
        self.taken: list[tuple[int, int]] = []
        self.in_lane: list[int] = []
        self.threads: set[int] = set()

    def tasks(self, batch: int) -> list[Task]:
        return [Task(partial(self.square, batch)), Task(partial(self.append, batch), "lane")]

    def square(self, batch: int) -> int:
        self.threads.add(torch.get_num_threads())
        time.sleep(0.001 * (batch % 4))  # later ones overtake
        return batch**2

    def append(self, batch: int) -> None:
        time.sleep(0.001 * (3 - batch % 4))
        self.in_lane.append(batch)

    def take(self, batch: int, results: Sequence[Any]) -> None:
        self.taken.append((batch, results[0]))


def test_batches_are_taken_in_order_and_lanes_keep_theirs(threads: int) -> None:
    feeds, done = [Recorder(), Recorder()], list[int]()
    run(feeds, range(40), CPU, done.append)
    for feed in feeds:
        assert feed.taken == [(i, i**2) for i in range(40)]
        assert feed.in_lane == list(range(40))
        assert feed.threads == {1}  # whatever the number of workers, sums are added in one order
    assert done == list(range(40))
    assert torch.get_num_threads() == threads


def test_few_batches_are_held(threads: int) -> None:
    drawn, done = 0, 0

    def batches() -> Iterator[int]:
        nonlocal drawn
        for number in range(30):
            assert drawn - done <= threads + AHEAD
            drawn += 1
            yield number

    def after(_: int) -> None:
        nonlocal done
        done += 1

    run([Recorder()], batches(), CPU, after)
    assert done == 30


def test_an_error_ends_the_pass(threads: int) -> None:
    class Broken(Recorder):
        def square(self, batch: int) -> int:
            if batch == 5:
                raise RuntimeError("broken")
            return super().square(batch)

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="broken"):
        run([Broken()], range(1000), CPU, lambda _: None)
    assert torch.get_num_threads() == threads
    assert threading.active_count() == before


def test_an_accelerator_works_where_it_is(threads: int) -> None:
    feed = Recorder()
    run([feed], range(5), torch.device("meta"), lambda _: None)
    assert feed.taken == [(i, i**2) for i in range(5)]
    assert feed.threads == {threads}
