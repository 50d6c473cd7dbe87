from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from sisbench import per_image, scored
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.record import RunRecord
from tests.sisbench.test_compare import draw, evaluation, write

V1 = Path(__file__).parent / "records" / "v1-lggan-tinytown.json"


def run_folder(folder: Path, one: Evaluation, method: str = "spade") -> Path:
    RunRecord({"method": method}, one, {}, {}).write(folder / "record.json")
    per_image.write(folder / "record.per_image.csv", one.keys, one.per_image)
    return folder


def test_a_run_by_its_folder_or_its_record(tmp_path: Path) -> None:
    one = evaluation({"psnr": draw(1, 5)})
    folder = run_folder(tmp_path / "run", one)
    for path in (folder, folder / "record.json"):
        found = scored.read(path)
        assert (found.path, found.label) == (folder / "record.json", "spade")
        assert found.evaluations == {"tinytown-v1": one}
        shares = scored.with_per_image(found).evaluations["tinytown-v1"]
        assert (shares.keys, shares.per_image) == (one.keys, one.per_image)


def test_a_file_of_evaluate(tmp_path: Path) -> None:
    one = evaluation({"psnr": draw(1, 5)})
    found = scored.with_per_image(scored.read(write(tmp_path / "pix2pix.json", one)))
    assert found.label == "pix2pix"
    assert found.evaluations["tinytown-v1"].per_image == one.per_image


def test_a_file_of_several_protocols(tmp_path: Path) -> None:
    both = [evaluation({"psnr": draw(seed, 5)}, protocol=protocol) for seed, protocol in enumerate(("one", "two"))]
    found = scored.with_per_image(scored.read(write(tmp_path / "x.json", *both)))
    assert list(found.evaluations) == ["one", "two"]
    assert [e.per_image for e in found.evaluations.values()] == [e.per_image for e in both]


def test_an_old_record_is_read_and_asks_for_its_images() -> None:
    stored = scored.read(V1)
    assert (stored.label, list(stored.evaluations)) == ("lggan", ["tinytown-v0"])
    with pytest.raises(InputError, match=r"beside .* there is no v1-lggan-tinytown.per_image.csv.*Evaluate again"):
        scored.with_per_image(stored)


@pytest.mark.parametrize("content", [None, "", "{", "[1]", "{}", '{"evaluations": []}', '{"evaluations": [3]}', "\xff"])
def test_other_files(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "x.json").write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match=r"x.json(:| cannot be read as an evaluation)"):
        scored.read(tmp_path / "x.json")


def test_a_folder_without_a_record(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"record.json cannot be read as an evaluation \(No such file"):
        scored.read(tmp_path)


def test_edited_numbers_are_refused(tmp_path: Path) -> None:
    one = evaluation({"psnr": draw(1, 5), "fd": draw(2, 5)})
    path = write(tmp_path / "x.json", one)
    value = json.loads(path.read_text())
    value["results"]["psnr"]["value"] *= 1 + 1e-8
    path.write_text(json.dumps(value))
    with pytest.raises(InputError, match=r"the mean of 'psnr' in .*x.per_image.csv is .* was edited or damaged"):
        scored.with_per_image(scored.read(path))
    value["results"]["psnr"]["value"] /= (1 + 1e-8) * (1 + 1e-11)  # the rounding of another order of sums
    path.write_text(json.dumps(value))
    scored.with_per_image(scored.read(path))


def test_a_number_near_zero_is_held_against_its_images(tmp_path: Path) -> None:
    # An unbiased estimate may be nearly 0 while the shares of the images are not.
    one = evaluation({"kid": [1.0, -1.0]})
    one = dataclasses.replace(one, results={"kid": Value(1e-12, 1.0, 2)})  # another order of sums
    scored.with_per_image(scored.read(write(tmp_path / "x.json", one)))


def test_a_column_without_a_number_is_refused(tmp_path: Path) -> None:
    one = evaluation({"psnr": draw(1, 5)})
    path = write(tmp_path / "x.json", dataclasses.replace(one, results={"psnr": NotAvailable("?")}))
    with pytest.raises(InputError, match="records n/a"):
        scored.with_per_image(scored.read(path))


def test_another_number_of_images_is_refused(tmp_path: Path) -> None:
    one = evaluation({"psnr": [1.0, 1.0]})
    path = write(tmp_path / "x.json", one)
    per_image.write(per_image.beside(path), ["a", "b", "c"], {"psnr": [1.0, 1.0, 1.0]})
    with pytest.raises(InputError, match=r"has 3 images, .* is of 2"):
        scored.with_per_image(scored.read(path))


def test_what_evaluate_writes_is_sealed(tmp_path: Path) -> None:
    both = [evaluation({"psnr": draw(seed, 5)}, protocol=protocol) for seed, protocol in enumerate(("one", "two"))]
    for found in (both[:1], both):
        path = tmp_path / "x.json"
        scored.write(path, found)
        stored = scored.with_per_image(scored.read(path))
        assert list(stored.evaluations.values()) == found
        assert [e.per_image for e in stored.evaluations.values()] == [e.per_image for e in found]
        text = path.read_text()
        path.write_text(text.replace('"n": 5', '"n": 6'))
        with pytest.raises(InputError, match=r"x\.json records the digest .* were edited or damaged"):
            scored.read(path)
        path.write_text(text.replace('"evaluation_schema": 2', '"evaluation_schema": 3'))
        with pytest.raises(InputError, match=r"x\.json has evaluation schema 3; .*Update sisbench"):
            scored.read(path)


def test_nan_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", evaluation({"psnr": [1.0, 1.0]}))
    path.write_text(path.read_text().replace('"value": 1.0', '"value": NaN'))
    with pytest.raises(InputError, match=r"x\.json cannot be read as an evaluation \(it holds NaN where finite"):
        scored.read(path)


def test_a_run_comes_with_its_record(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run", evaluation({"psnr": draw(1, 5)}))
    assert scored.read(folder).record == RunRecord.read(folder / "record.json")
    assert scored.read(write(tmp_path / "x.json", evaluation({"psnr": [1.0]}))).record is None


def test_names_tell_files_apart(tmp_path: Path) -> None:
    one = evaluation({"psnr": draw(1, 5)})
    spade, again = run_folder(tmp_path / "a", one), run_folder(tmp_path / "b", one)
    other = write(tmp_path / "pix2pix.json", one)
    assert scored.labels([scored.read(p) for p in (spade, other)]) == ["spade", "pix2pix"]
    assert scored.labels([scored.read(p) for p in (spade, again)]) == ["spade (a)", "spade (b)"]
    twin = run_folder(tmp_path / "c" / "a", one)
    paths = scored.labels([scored.read(p) for p in (spade, twin)])
    assert paths == [str(spade / "record.json"), str(twin / "record.json")]
