"""Label map files: read, refused with counts, and recognised where they are something else."""

import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from sisbench import datasets, layout_files
from sisbench.errors import InputError
from sisbench.files import File

CITYSCAPES, ADE20K, COCO = (datasets.get(name).card for name in ("cityscapes", "ade20k", "coco_stuff"))


def saved(path, ids):
    Image.fromarray(np.asarray(ids)).save(path)
    return path


def grey(ids):
    return np.array(ids, dtype=np.uint8)


def colored(ids, card):
    return np.array(card.palette(), dtype=np.uint8)[np.array(ids)]


def refusal(path, card, size=None):
    with pytest.raises(InputError) as caught:
        layout_files.read(path, card, size)
    return str(caught.value)


def test_a_map_of_ids_is_read(tmp_path):
    path = saved(tmp_path / "ids.png", grey([[0, 7], [33, 34]]))
    layout = layout_files.read(path, CITYSCAPES)
    assert layout.dtype == torch.int64
    assert layout.tolist() == [[0, 7], [33, 34]]
    assert layout_files.read(path, CITYSCAPES, (4, 4)).shape == (4, 4)
    unlabeled = saved(tmp_path / "coco.png", grey([[0, 181, 255]]))
    assert layout_files.read(unlabeled, COCO).tolist() == [[0, 181, 255]]


def test_ids_outside_the_space_are_counted_in_the_file_itself(tmp_path):
    ids = np.zeros((8, 8), dtype=np.uint8)
    ids[0, :3], ids[1, 0] = 77, 90
    path = saved(tmp_path / "ids.png", ids)
    expected = (
        f"{path}: label ids 77 (3 pixels), 90 (1 pixel) are outside the label space 0 to 34 of Cityscapes. Check that "
        "this is a map of label ids."
    )
    assert refusal(path, CITYSCAPES) == refusal(path, CITYSCAPES, (8, 4)) == expected


def test_many_foreign_ids_are_cut(tmp_path):
    message = refusal(saved(tmp_path / "ids.png", grey([range(200, 220)])), CITYSCAPES)
    assert "207 (1 pixel), ... are outside" in message
    assert "208" not in message


def test_ids_of_16_bits_are_counted_too(tmp_path):
    message = refusal(saved(tmp_path / "ids.png", np.array([[26001, 7]], dtype=np.uint16)), CITYSCAPES)
    assert "label ids 26001 (1 pixel) are outside" in message


@pytest.mark.parametrize(
    ("card", "ids", "last"), [(CITYSCAPES, [0, 18, 255], 18), (ADE20K, [0, 149, 255], 149), (CITYSCAPES, [255], 18)]
)
def test_train_ids_are_recognised(tmp_path, card, ids, last):
    message = refusal(saved(tmp_path / "ids.png", grey([ids])), card)
    assert f"These look like train ids (0 to {last}, 255 for ignored): name the maps of label ids instead." in message


def test_other_maps_with_255_are_not_taken_for_train_ids(tmp_path):
    assert "train ids" not in refusal(saved(tmp_path / "ids.png", grey([[0, 26, 255]])), CITYSCAPES)
    assert "train ids" not in refusal(saved(tmp_path / "other.png", grey([[182, 255]])), COCO)


@pytest.mark.parametrize("card", [CITYSCAPES, ADE20K, COCO], ids=lambda card: card.name)
def test_colours_are_recognised(tmp_path, card):
    path = saved(tmp_path / "ids.png", colored([[7, 8], [11, 23]], card))
    expected = (
        f"{path}: is a colour map in the palette of {card.title} where a grey PNG of label ids is expected. Name the "
        "maps of ids that it was drawn from, or convert its colours to ids."
    )
    assert refusal(path, card) == expected
    assert f"in the palette of {card.title}" in refusal(path, CITYSCAPES)  # whatever was expected


def test_colours_with_alpha_and_mixed_edges_are_recognised(tmp_path):
    pixels = colored(np.full((20, 20), 7), CITYSCAPES)
    pixels[:10] = CITYSCAPES.palette()[23]
    pixels[10] = (99, 97, 154)  # between the two
    path = tmp_path / "ids.png"
    Image.fromarray(pixels).convert("RGBA").save(path)
    assert "in the palette of Cityscapes" in refusal(path, CITYSCAPES)


def test_colours_of_nobody_are_not(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for pixels in (noise, np.zeros((4, 4, 3), dtype=np.uint8), np.full((4, 4, 3), 77, dtype=np.uint8)):
        message = refusal(saved(tmp_path / "ids.png", pixels), CITYSCAPES)
        assert "is a colour PNG of 8 bits where a grey PNG of ids" in message
        assert "palette of Cityscapes" not in message


def test_the_map_of_ids_beside_it_is_named(tmp_path):
    ids = saved(tmp_path / "x_gtFine_labelIds.png", grey([[7, 23]]))
    color = saved(tmp_path / "x_gtFine_color.png", colored([[7, 23]], CITYSCAPES))
    assert refusal(color, CITYSCAPES).endswith(f"Name the map of ids that lies beside it: {ids}.")
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.write(ids, "val/x_gtFine_labelIds.png")
        archive.write(color, "val/x_gtFine_color.png")
    message = refusal(File(tmp_path / "data.zip", "val/x_gtFine_color.png"), CITYSCAPES)
    assert message.endswith(f"lies beside it: {tmp_path / 'data.zip/val/x_gtFine_labelIds.png'}.")
    ids.unlink()
    assert "lies beside it" not in refusal(color, CITYSCAPES)


def test_a_palette_whose_indices_may_be_the_ids(tmp_path):
    picture = Image.fromarray(grey([[7, 23], [7, 11]]))
    picture.putpalette(bytes(channel for color in CITYSCAPES.palette() for channel in color))
    picture.save(tmp_path / "ids.png")
    message = refusal(tmp_path / "ids.png", CITYSCAPES)
    assert "in the palette of Cityscapes" in message
    assert message.endswith("If the indices into its palette are the ids, save these as a grey PNG.")


def test_damaged_files_stay_damaged_files(tmp_path):
    path = saved(tmp_path / "ids.png", np.zeros((64, 64, 3), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:60])
    assert "is a colour PNG" in refusal(path, CITYSCAPES)
    path.write_bytes(b"")
    assert "is empty" in refusal(path, CITYSCAPES)
