"""The images themselves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sisbench._feeds._base import Batch, Feed, Setting, Task
from sisbench._slots import Slot


class PixelFeed(Feed):
    """Metrics of the images themselves."""

    def __init__(self, slots: Sequence[Slot], setting: Setting) -> None:
        super().__init__(slots, {}, setting.metric_device, setting.classes)
        self.device = setting.metric_device

    def tasks(self, batch: Batch) -> list[Task]:
        """Update each metric, in a lane of its own."""
        device = self.device
        fake, real = batch.fake.to(device), batch.real.to(device)
        truth = None if batch.truth is None else batch.truth.to(device)
        found = []
        for slot in self.fed.slots:
            sides = (fake, real) if slot.entry.needs == "pixels" or truth is None else (fake, real, truth)
            found.append(Task(partial(self.fed.update, slot, *sides), (id(self), slot)))
        return found
