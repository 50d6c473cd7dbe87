"""Progress on the terminal."""

from __future__ import annotations

import os
from typing import Any


class Bars:
    """One progress bar a stage on standard error, with rate and time left."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: Any = None

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that so many units of a stage are done."""
        from tqdm import tqdm

        if os.environ.get("RANK", "0") != "0" or total == 0:
            return
        if stage != self._stage:
            if self._bar is not None:
                self._bar.close()
            unit = "step" if stage == "train" else "image"
            self._stage = stage
            self._bar = tqdm(total=total, desc=f"{stage:8}", unit=unit, initial=done, mininterval=1.0)
        self._bar.update(done - self._bar.n)
