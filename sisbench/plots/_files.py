"""Pictures that a run has left on disk, as figures of them read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sisbench.card import Card

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def photo(path: Path) -> NDArray[np.uint8]:
    """Return a picture as RGB, (H, W, 3).

    Raises:
        InputError: It is not there, or damaged.
    """
    import numpy as np

    from sisbench import decoding  # loads Pillow

    return np.asarray(decoding.photo(path), dtype=np.uint8)


def label_ids(path: Path) -> NDArray[np.uint8]:
    """Return the ids of a label map, (H, W).

    Raises:
        InputError: It is not there, or damaged.
    """
    import numpy as np

    from sisbench import decoding  # loads Pillow

    return np.asarray(decoding.stored(path), dtype=np.uint8)


def coloured(ids: NDArray[np.uint8], card: Card, classes: set[int]) -> NDArray[np.uint8]:
    """Return a label map in its colours, and add its classes; what no score counts has its own colour too."""
    import numpy as np

    table = np.array(card.train_id_table(), dtype=np.int64)
    classes.update(label for label in np.unique(table[ids]).tolist() if label < len(card.train_classes))
    return np.array(card.palette(), dtype=np.uint8)[ids]
