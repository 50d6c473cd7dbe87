"""What figures of label maps see: images of several methods, and the label maps that a segmenter reads off them.

Whoever draws such a figure hands them over (`sisbench.segmented` makes them): the figures themselves load no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sisbench.card import Card
from sisbench.plots._kind import Option

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPTIONS = (
    Option("protocol", "Whose segmenter reads the images.  [default: that of the runs, else of the data set]"),
    Option("dataset", "Data set of images in a folder that is no run."),
    Option("root", "Folder or zip archive of the data, as for 'sisbench evaluate'."),
)
"""Options of these figures that say what the images are; the figure does not get them."""


class Method(Protocol):
    """Images of one method."""

    @property
    def label(self) -> str:
        """Its name."""


class LabelledImages(Protocol):
    """Images of several methods on the same layouts, with label maps.

    Label maps hold train ids, uint8 (h, w), and 255 where nothing counts; pictures are uint8 (H, W, 3).
    """

    @property
    def card(self) -> Card:
        """Facts of the data set."""

    @property
    def methods(self) -> Sequence[Any]:
        """A `Method` each."""

    @property
    def keys(self) -> Sequence[str]:
        """Of the layouts that every method has an image of, sorted."""

    @property
    def caption(self) -> str:
        """What is shown, for the foot of a figure."""

    def photo(self, key: str) -> NDArray[np.uint8]:
        """Return the photo of a layout."""

    def truth(self, key: str) -> NDArray[np.uint8]:
        """Return the true label map."""

    def image(self, method: Any, key: str) -> NDArray[np.uint8]:
        """Return the image of a method."""

    def labels(self, method: Any, key: str) -> NDArray[np.uint8]:
        """Return the label map of a method's image, or of the photo where it is None."""

    def confusion(self, method: Any, key: str) -> NDArray[np.int64]:
        """Return the pixels of a layout by true and predicted class, (C, C); see `labels`."""

    def iou(self, method: Any, key: str) -> float | None:
        """Return the mean IoU of one image over the classes in either map; None where no pixel counts."""
