"""Any model of mmsegmentation as a segmenter: `create("mmseg:CONFIG", weights=FILE)`.

CONFIG is the path of a configuration, which is a Python program and runs, or the name of one that the installed package
brings ("upernet_r101_4xb4-160k_ade20k-512x512"). Everything between image and label map is mmsegmentation's own, as its
configuration says: the resizing of the test pipeline, the data preprocessor, whole or sliding inference, the bilinear
resizing of scores to the size of the label map. The library is imported in this file alone, when a model is created.
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import hashlib
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segmenters._base import Segmenter, Size
from segmenters._errors import SegmenterError
from segmenters._families import MMSEG
from segmenters._mmcv_lite import ensure_mmseg
from segmenters._registry import check_reading
from segmenters._weights import Contents, load

CONFIGURATION = "configuration"
"""What the metadata of loaded weights call the digest of the configuration: label maps depend on it as on them."""

RESIZING = ("Resize", "ResizeShortestEdge", "ResizeToMultiple")
"""Transforms of a test pipeline that are taken over."""

NOT_OF_IMAGES = ("LoadImageFromFile", "LoadAnnotations", "PackSegInputs")
"""Transforms of a test pipeline that read files or labels, or pack what was read: not needed for images in memory."""


class MmsegModel(Segmenter):
    """A model of mmsegmentation.

    Args:
        config: Its configuration, an `mmengine.Config`.
        name: What it is called, for messages.
    """

    parts = ("model",)  # its files hold the model's own keys

    def __init__(self, config: Any, name: str) -> None:
        from mmengine.dataset import Compose
        from mmengine.registry import init_default_scope
        from mmseg.registry import MODELS

        init_default_scope(config.get("default_scope", "mmseg"))
        transforms = _resizing(config, name)
        with warnings.catch_warnings():  # about old names in configurations
            warnings.simplefilter("ignore")
            model = MODELS.build(_untrained(config.model))  # its SyncBN is plain batch normalisation in evaluation
        super().__init__(int(model.num_classes), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))  # the model has its own statistics
        self.model, self.name = model, name
        self.resizing = Compose(transforms)
        self.class_names = _fitting(_names_of_config(config), self.num_classes)

    def logits(self, normalised: Tensor) -> Tensor:
        """Scores (N, out_channels, h', w') of what the data preprocessor gives, (N, 3, h, w)."""
        scores: Tensor = self.model(normalised, mode="tensor")
        return scores

    def scores(self, image: Tensor, size: Size | None = None) -> Tensor:
        """Not offered: the library trains its models itself.

        Raises:
            SegmenterError: Always.
        """
        raise SegmenterError(f"{self.name} cannot be trained here. Train it with mmsegmentation, and name its weights.")

    @torch.no_grad()
    def evidences(self, image: Tensor, sizes: Sequence[Size | None]) -> list[Tensor]:
        """Scores (N, num_classes, H', W'); of a model of one foreground class, 1 for its label and 0 for the other."""
        targets = [self._check_input(image, size) for size in sizes]
        bgr = image.flip(1).permute(0, 2, 3, 1).cpu().contiguous().numpy()
        found = [self._evidences(x, targets) for x in bgr]
        return [torch.cat(maps) for maps in zip(*found, strict=True)]

    def _evidences(self, bgr: np.ndarray[Any, np.dtype[np.uint8]], sizes: Sequence[Size]) -> list[Tensor]:
        """Resize an image (H, W, 3) as the test pipeline does, normalise it, and let the library label it."""
        from mmseg.structures import SegDataSample

        resized = self.resizing({"img": bgr, "img_shape": bgr.shape[:2], "ori_shape": bgr.shape[:2]})["img"]
        shape = resized.shape[:2]
        sample = SegDataSample(metainfo={"img_shape": shape, "pad_shape": shape, "ori_shape": bgr.shape[:2]})
        x = torch.from_numpy(np.ascontiguousarray(resized)).permute(2, 0, 1)
        preprocessor = self.model.data_preprocessor.to(self.mean.device)  # it does not follow its parent by itself
        data = preprocessor({"inputs": [x], "data_samples": [sample]}, False)
        scores = self.model.inference(data["inputs"], [data["data_samples"][0].metainfo])
        found = []
        for size in sizes:
            sample.set_metainfo({"ori_shape": size})
            result = self.model.postprocess_result(scores, [sample])[0]
            maps = result.seg_logits.data[None]
            if maps.shape[1] == 1:
                maps = F.one_hot(result.pred_sem_seg.data.long(), 2).permute(0, 3, 1, 2).float()
            found.append(maps)
        return found


def handles(name: str) -> bool:
    """Whether a name is that of a model of mmsegmentation."""
    return name.startswith(MMSEG)


def create(
    name: str,
    num_classes: int | None,
    weights: Path | Sequence[Path] | None,
    input_scale: float | None,
    reading: str,
) -> MmsegModel:
    """Create a model; see `segmenters.create`.

    Raises:
        SegmenterError: mmsegmentation is not installed; no such configuration, or one that cannot be taken over;
            another number of classes; or weights that are damaged or of another model.
    """
    check_reading(name, reading, MmsegModel.readings)
    if input_scale not in (None, 1.0):
        raise SegmenterError(
            f"{name} resizes images as its test pipeline says; an input_scale of {input_scale} would add to that. "
            "Leave it at 1, or edit the Resize of a copy of the configuration."
        )
    ensure_mmseg()
    config = read_configuration(name.removeprefix(MMSEG))
    try:
        segmenter = MmsegModel(config, name)
    except SegmenterError:
        raise
    except Exception as error:  # a configuration calls any code of the library with any arguments
        raise SegmenterError(
            f"{name} cannot be built: {type(error).__name__}: {error}. Check the configuration, and that the packages "
            "that its model needs are installed."
        ) from error
    if num_classes not in (None, segmenter.num_classes):
        raise SegmenterError(
            f"{name} tells {segmenter.num_classes} classes apart, not {num_classes}. Leave num_classes out; "
            "segmenters.by_name maps its classes to others by their names."
        )
    if weights is not None:
        contents = _load(segmenter, weights)
        assert segmenter.loaded is not None
        made = hashlib.sha256(config.pretty_text.encode()).hexdigest()
        segmenter.loaded = dataclasses.replace(
            segmenter.loaded, metadata={**segmenter.loaded.metadata, CONFIGURATION: made}
        )
        segmenter.class_names = _fitting(_names_of_checkpoint(contents), segmenter.num_classes) or segmenter.class_names
    return segmenter.eval()


def read_configuration(wanted: str) -> Any:
    """Read a configuration by its path, or by its name among those of the installed package; mmseg is imported.

    Raises:
        SegmenterError: There is none, or it is none of mmsegmentation.
    """
    import mmseg
    from mmengine.config import Config

    path = Path(wanted)
    if not path.is_file():
        folder = Path(mmseg.__file__).parent / ".mim" / "configs"
        brought = {file.stem: file for file in sorted(folder.rglob("*.py")) if "_base_" not in file.parts}
        name = path.name.removesuffix(".py")
        if name not in brought:
            close = difflib.get_close_matches(name, brought, n=1, cutoff=0.4)
            hint = f"; closest: {close[0]!r}" if close else ""
            raise SegmenterError(
                f"{wanted!r} is neither a file nor a configuration of the installed mmsegmentation{hint}. They lie "
                f"in {folder}."
            )
        path = brought[name]
    try:
        config = Config.fromfile(path)
        if "model" not in config:
            raise KeyError("model")
        _pipeline(config)
    except Exception as error:  # it is a program
        raise SegmenterError(
            f"{path} cannot be read as a configuration of mmsegmentation: {type(error).__name__}: {error}. Expected "
            "one with a model and a test pipeline."
        ) from error
    return config


def _untrained(model: Any) -> Any:
    """Return the configuration of a model without the weights that its training began with: nothing is downloaded."""
    model = copy.deepcopy(model)
    model["train_cfg"] = None
    if "pretrained" in model:
        model["pretrained"] = None
    for part in model.values():
        if isinstance(part, dict):
            part.pop("init_cfg", None)
            if "pretrained" in part:
                part["pretrained"] = None
    return model


def _resizing(config: Any, name: str) -> list[Any]:
    """Return the transforms of the test pipeline that resize; any other that would change the image is refused."""
    kept = []
    for transform in _pipeline(config):
        kind = transform["type"] if isinstance(transform["type"], str) else transform["type"].__name__
        if kind in RESIZING:
            kept.append(transform)
        elif kind not in NOT_OF_IMAGES or transform.get("color_type", "color") != "color":
            raise SegmenterError(
                f"the test pipeline of {name} holds {kind}, which is not known here; expected {', '.join(RESIZING)}, "
                f"beside {', '.join(NOT_OF_IMAGES)} in colour. Use a configuration whose test pipeline resizes alone."
            )
    return kept


def _pipeline(config: Any) -> Any:
    """Return the transforms of the test pipeline."""
    return config.get("test_pipeline") or config.test_dataloader.dataset.pipeline


def _load(segmenter: MmsegModel, weights: Path | Sequence[Path]) -> list[Contents]:
    """Load weights; a name that ends with eight digits of the digest, as the published ones do, is held to them."""
    try:
        contents = load(segmenter, weights, segmenter.name)
    except SegmenterError as error:
        held = re.search(r"Unsupported \w+: GLOBAL ((?:numpy|mmengine|mmcv|mmseg)\.\S+)", str(error.__cause__))
        if held is None:
            raise
        raise SegmenterError(
            f"{weights} holds more than tensors and plain values, as checkpoints of mmengine do: it was read up to "
            f"{held[1]}, and nothing is made of that. If you trust the file, keep of it what is needed: {CONVERSION}"
        ) from error
    assert segmenter.loaded is not None
    path, digest = segmenter.loaded.path, segmenter.loaded.sha256
    published = re.search(r"-([0-9a-f]{8})\.pth$", path.name)
    if published and not digest.startswith(published[1]):
        raise SegmenterError(
            f"{path} is not the published file: its SHA-256 begins with {digest[:8]}, its name says {published[1]}. "
            "It was damaged or replaced: fetch it again, or rename it if it is your own."
        )
    return contents


CONVERSION = (
    "python -c \"import sys, torch; c = torch.load(sys.argv[1], map_location='cpu', weights_only=False); "
    "torch.save({'state_dict': c['state_dict'], 'meta': {'CLASSES': list(c['meta']['dataset_meta']['classes'])}}, "
    'sys.argv[2])" OLD.pth NEW.pth'
)
"""How the tensors and class names of a trusted checkpoint of mmengine get into a file that can be read."""


def _names_of_config(config: Any) -> object:
    """Class names of the data set that a configuration tests on, if they can be found."""
    from mmseg.registry import DATASETS

    dataset = config.get("test_dataloader", {}).get("dataset", {})
    if "classes" in (own := dataset.get("metainfo") or {}):
        return own["classes"]
    kind = dataset.get("type")
    found = DATASETS.get(kind) if isinstance(kind, str) else kind
    return getattr(found, "METAINFO", {}).get("classes")


def _names_of_checkpoint(contents: Sequence[Contents]) -> object:
    """Class names that a checkpoint was saved with: "dataset_meta" since version 1, "CLASSES" before."""
    meta = contents[0].beside.get("meta")
    if not isinstance(meta, Mapping):
        return None
    current = meta.get("dataset_meta")
    return current.get("classes") if isinstance(current, Mapping) else meta.get("CLASSES")


def _fitting(names: object, num_classes: int) -> tuple[str, ...] | None:
    """Return class names, if that is what they are, one for each class."""
    if not isinstance(names, Sequence) or len(names) != num_classes:
        return None
    return tuple(str(name).strip() for name in names)
