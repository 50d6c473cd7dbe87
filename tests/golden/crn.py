"""Fixtures of CRN's generator: the official graph of TensorFlow, whose variables are read as an official file's."""

from __future__ import annotations

from pathlib import Path

import generators
from tests.golden._fixture import Comparison, compare, config_of, read, section

ATOL = 1e-2  # images are on a scale of 0 to 255 (the fixtures' own recommendation)


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of CRN's."""
    return config_of(metadata).get("method") == "crn"


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the widths, load the variables, compare every image."""
    config, tensors = read(path)
    args = config["args"]
    layout = section(tensors, "in/")["label"].permute(0, 3, 1, 2).float()
    height, width = layout.shape[2:]
    rows = [row for row in (height >> k for k in range(height.bit_length())) if row >= 4][::-1]
    widths = [args["wide"] if row < args["switch"] else args["narrow"] for row in rows[:-1]] + [args["last_width"]]
    network = generators.create(
        "crn",
        num_labels=args["n_labels"],
        edges=False,
        size=(height, width),
        images=args["out_channels"] // 3,
        widths=widths,
    )
    generators.load_state(network, section(tensors, "state/"), path.name)
    images = network.eval().stages(layout)["images"]
    got = ((images + 1) / 2 * 255).flatten(0, 1).permute(0, 2, 3, 1)
    count = generators.parameter_count(network)
    return [
        compare("image", got, section(tensors, "out/")["image"], ATOL),
        ("number of parameters", float(abs(count - config["n_params"])), 0.0),
    ]
