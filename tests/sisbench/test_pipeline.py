"""The whole run: interruption, repetition, weights from files, other folders, Cityscapes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import generators
from sisbench import per_image
from sisbench._device import model_name
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.generation import Inputs, images_digest
from sisbench.images import decode_photo, quantise
from sisbench.job import Job, Overrides, plan
from sisbench.pipeline import run
from sisbench.record import RunRecord
from sisbench.training import loaded
from tests.trees import cityscapes_tree

TINY = Overrides(steps=5, batch_size=2, width=2)
DRIVER = """
import sys, torch
from pathlib import Path
from sisbench.job import Overrides, plan
from sisbench.pipeline import run
torch.set_num_threads(1)
job = plan("lggan", "tinytown", overrides=Overrides(steps=5, batch_size=2, width=2), limit=8)
run(job, Path(sys.argv[1]), device="cpu", checkpoint_seconds=0)
"""


def tiny_job(**options: Any) -> Job:
    return plan("lggan", "tinytown", **{"overrides": TINY, "limit": 8, **options})


def numbers(folder: Path) -> bytes:
    """What must not differ: all of a record but times, and the digest that covers them."""
    record = json.loads((folder / "record.json").read_text())
    record.pop("digest")
    record["provenance"].pop("time_utc")
    record.pop("timing")
    return json.dumps(record).encode()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    run(tiny_job(), folder, device="cpu")
    return folder


def test_a_run_leaves_everything_that_its_record_speaks_of(undisturbed: Path) -> None:
    record = RunRecord.read(undisturbed / "record.json")
    assert record.evaluation.n == 8
    assert record.evaluation.results["fd_effnet"].value > 0  # type: ignore[union-attr]
    assert record.spec["overrides"] == {"steps": 5, "batch_size": 2, "width": 2, "without": []}
    assert record.provenance["complete"] is False  # 8 of 120 images
    assert record.provenance["weights"]["origin"] == "trained"
    assert record.provenance["parameters"] == generators.parameter_count(tiny_job().generator())
    assert record.provenance["images_sha256"] == images_digest(undisturbed / "images")
    assert record.provenance["plugins"] == {}
    assert record.provenance["device_name"] == model_name(torch.device("cpu"))
    assert record.timing["generate_images"] == 8
    assert len(list((undisturbed / "images").glob("*.png"))) == 8
    assert decode_photo(undisturbed / "samples.png").shape[0] == 3
    log = [json.loads(line) for line in (undisturbed / "losses.jsonl").read_text().splitlines()]
    assert log[-1]["step"] == 5
    assert {"g/gan", "g/class", "g/local_l1", "d/fake", "d/real"} <= set(log[-1])


def test_killed_at_several_points_it_ends_in_the_same_record(undisturbed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    points: dict[str, Callable[[], bool]] = {
        "during training": (folder / "checkpoint.pt").exists,
        "when training has just ended": (folder / "generator.pth").exists,
        "during generation": lambda: len(list(folder.glob("images/*.png"))) >= 3,
        "during evaluation": lambda: len(list(folder.glob("images/*.png"))) == 8,
    }
    for name, reached in points.items():
        process = subprocess.Popen([sys.executable, "-c", DRIVER, str(folder)], stderr=subprocess.DEVNULL)
        while not reached():
            assert process.poll() is None or reached(), f"the run ended before it could be killed {name}"
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (folder / "record.json").exists(), f"too late to kill {name}"
    subprocess.run([sys.executable, "-c", DRIVER, str(folder)], check=True)
    assert numbers(folder) == numbers(undisturbed)
    assert (folder / "losses.jsonl").read_text() == (undisturbed / "losses.jsonl").read_text()
    assert not list(folder.rglob("*.part"))
    assert RunRecord.read(folder / "record.json").timing["generate_images"] < 8  # the killed ones had made the others
    for image in (undisturbed / "images").iterdir():
        assert (folder / "images" / image.name).read_bytes() == image.read_bytes()


def test_a_finished_run_is_not_done_again(undisturbed: Path) -> None:
    before = (undisturbed / "record.json").stat().st_mtime_ns
    record = run(tiny_job(), undisturbed, device="cpu")
    assert record == RunRecord.read(undisturbed / "record.json")
    assert (undisturbed / "record.json").stat().st_mtime_ns == before


def test_weights_from_a_file_give_the_numbers_of_the_run_that_made_them(undisturbed: Path, tmp_path: Path) -> None:
    job = tiny_job(weights_file=undisturbed / "generator.pth")
    record = run(job, tmp_path / "run", device="cpu")
    assert record is not None
    assert record.evaluation == RunRecord.read(undisturbed / "record.json").evaluation
    assert record.provenance["weights"]["origin"] == "file"


def test_a_subset_holds_the_same_images_as_the_whole(undisturbed: Path, tmp_path: Path) -> None:
    job = tiny_job(weights_file=undisturbed / "generator.pth", limit=4)
    run(job, tmp_path / "run", device="cpu")
    images = list((tmp_path / "run" / "images").glob("*.png"))
    common = [image for image in images if (undisturbed / "images" / image.name).exists()]
    assert len(images) == 4
    assert common
    for image in common:
        assert image.read_bytes() == (undisturbed / "images" / image.name).read_bytes()


def test_images_of_other_weights_are_not_taken_for_this_run_s(undisturbed: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "run"
    shutil.copytree(undisturbed, folder)
    (folder / "record.json").unlink()
    state = generators.read_state(folder / "generator.pth")
    state["conv_img.bias"] += 0.5
    torch.save(state, folder / "generator.pth")
    run(tiny_job(), folder, device="cpu")
    name = next((undisturbed / "images").iterdir()).name
    assert (folder / "images" / name).read_bytes() != (undisturbed / "images" / name).read_bytes()


def test_another_run_s_folder_is_refused(undisturbed: Path) -> None:
    with pytest.raises(InputError, match="belongs to another run: seed differ"):
        run(tiny_job(seed=1), undisturbed, device="cpu")


def test_a_folder_of_other_things_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="holds files but no run"):
        run(tiny_job(), tmp_path, device="cpu")
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_a_damaged_spec_names_its_file(undisturbed: Path, tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"method": "lgg')
    with pytest.raises(InputError, match=r"spec\.json is damaged"):
        run(tiny_job(), tmp_path, device="cpu")


def test_cityscapes_runs_by_the_paper_s_recipe_shortened(tmp_path: Path) -> None:
    root = cityscapes_tree(tmp_path / "data", train=2, val=2)
    overrides = Overrides(steps=1, batch_size=1, width=2, without=("vgg",))
    job = plan("lggan", "cityscapes", root=root, overrides=overrides)
    record = run(job, tmp_path / "run", device="cpu")
    assert record is not None
    assert record.evaluation.n == 2
    assert record.provenance["complete"] is False
    assert record.spec["resolved_recipe"]["model"] == {"upsampling": "more", "width": 2}
    images = sorted((tmp_path / "run" / "images").glob("*.png"))
    assert decode_photo(images[0]).shape == (3, 256, 512)


def test_cityscapes_without_perceptual_weights_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    root = cityscapes_tree(tmp_path / "data", train=1, val=1)
    job = plan("lggan", "cityscapes", root=root, overrides=Overrides(steps=1, batch_size=1, width=2))
    with pytest.raises(generators.GeneratorError, match="--without vgg"):
        run(job, tmp_path / "run", device="cpu")


def test_two_processes_train_and_generate_together(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "sisbench"]
    options = ["run", "--method", "lggan", "--dataset", "tinytown", "--steps", "2", "--batch-size", "2", "--width", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    folder = tmp_path / "run"
    done = subprocess.run(
        [*command, *options, "--limit", "4", "--device", "cpu", "--output", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    record = RunRecord.read(folder / "record.json")
    assert record.provenance["processes"] == 2
    assert record.timing["generate_images"] == 4  # of both processes
    assert record.evaluation.n == 4
    assert done.stdout.count("fd_effnet") == 1  # one process prints


def test_several_images_for_each_layout(tmp_path: Path) -> None:
    options = {"overrides": Overrides(steps=0, width=2), "limit": 2, "recipe": "quick-style"}
    job = plan("spade", "tinytown", protocol="diversity-v1", **options)  # type: ignore[arg-type]
    record = run(job, tmp_path / "many", device="cpu")
    assert record is not None
    assert record.evaluation.n == 2
    assert record.evaluation.provenance["images_per_layout"] == "10"
    assert "160" in record.evaluation.results["ms_ssim"].reason  # type: ignore[union-attr]
    folders = sorted((tmp_path / "many" / "images").iterdir())
    files = [sorted(folder.iterdir()) for folder in folders]
    assert [[path.name for path in group] for group in files] == [[f"{i:02d}.png" for i in range(10)]] * 2
    assert len({path.read_bytes() for path in files[0]}) == 10

    alone = plan("spade", "tinytown", **options)  # type: ignore[arg-type]
    run(alone, tmp_path / "one", device="cpu")
    assert (tmp_path / "one" / "images" / f"{folders[0].name}.png").read_bytes() == files[0][0].read_bytes()


def test_a_network_of_nine_images_gives_all_of_them_by_number(tmp_path: Path) -> None:
    options = {"overrides": Overrides(steps=0, width=2), "limit": 1, "recipe": "quick-diverse"}
    job = plan("crn", "tinytown", protocol="diversity-v1", **options)  # type: ignore[arg-type]
    assert job.images_per_layout == 9
    run(job, tmp_path / "many", device="cpu")
    files = sorted((tmp_path / "many" / "images").glob("*/*"))
    assert [path.name for path in files] == [f"{i:02d}.png" for i in range(9)]
    network = loaded(job, tmp_path / "many").eval()
    with torch.no_grad():
        made = network.stages(Inputs(job, job.samples("val")[0], network, torch.device("cpu")).cond)["images"][0]
    for image, path in zip(made, files, strict=True):
        assert torch.equal(decode_photo(path), quantise(image.clamp(-1, 1)))

    alone = plan("crn", "tinytown", **options)  # type: ignore[arg-type]
    run(alone, tmp_path / "one", device="cpu")
    assert (tmp_path / "one" / "images" / f"{files[0].parent.name}.png").read_bytes() == files[0].read_bytes()


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ("quick-diverse", r"takes 20 images of every layout; crn \(quick-diverse\) has 9"),
        ("quick", r"crn \(quick\) has 1"),
    ],
)
def test_more_images_than_a_network_has_are_refused_before_it_trains(recipe: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        plan("crn", "ade20k", protocol="oasis-2021-diversity", recipe=recipe)


def test_a_method_without_noise_has_no_diversity(tmp_path: Path) -> None:
    job = tiny_job(protocol="diversity-v1", overrides=Overrides(steps=0, width=2))
    with pytest.raises(
        InputError, match=r"lggan \(quick\) takes no noise: its 10 images of a layout would all be equal"
    ):
        run(job, tmp_path, device="cpu")


def test_the_share_of_every_image_lies_beside_the_record(undisturbed: Path) -> None:
    shares = per_image.read(undisturbed / "record.per_image.csv")
    record = RunRecord.read(undisturbed / "record.json")
    assert list(shares.columns) == [o for o, v in record.evaluation.results.items() if isinstance(v, Value)]
    psnr = record.evaluation.results["psnr"]
    assert isinstance(psnr, Value)
    assert sum(shares.columns["psnr"]) / 8 == pytest.approx(psnr.value, rel=1e-12)
