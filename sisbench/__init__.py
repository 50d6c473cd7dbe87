"""Evaluation and benchmarking of semantic image synthesis and cross-view translation.

Importing this package imports no torch: what needs it loads on first use.

>>> import sisbench
>>> sisbench.dataset("tinytown").card.size
(128, 256)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sisbench.card import Card as Card
from sisbench.card import Protocol as Protocol
from sisbench.datasets import get as dataset
from sisbench.errors import InputError as InputError
from sisbench.evaluation import Evaluation as Evaluation
from sisbench.protocols import get as protocol
from sisbench.record import RunRecord as RunRecord

if TYPE_CHECKING:
    from sisbench.data import Sample as Sample
    from sisbench.data import Samples as Samples
    from sisbench.job import plan as plan
    from sisbench.pipeline import run as run
    from sisbench.scoring import evaluate as evaluate
    from sisbench.scoring import evaluate_samples as evaluate_samples

__all__ = [
    "Card",
    "Evaluation",
    "InputError",
    "Protocol",
    "RunRecord",
    "Sample",
    "Samples",
    "dataset",
    "evaluate",
    "evaluate_samples",
    "plan",
    "protocol",
    "run",
]
__version__ = "0.1.0"

_LAZY = {
    "Sample": "data",
    "Samples": "data",
    "evaluate": "scoring",
    "evaluate_samples": "scoring",
    "plan": "job",
    "run": "pipeline",
}


def __getattr__(name: str) -> Any:
    """Load what needs torch on first use."""
    if name not in _LAZY:
        raise AttributeError(f"module 'sisbench' has no attribute {name!r}")
    return getattr(importlib.import_module(f"sisbench.{_LAZY[name]}"), name)
