from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from sisbench import scored
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.plots._kind import Drawing
from sisbench.plots._tradeoff import Quantity, Sources, draw
from sisbench.record import RunRecord
from sisbench.tables import measured
from tests.records import make_record, write_run

QUALITY = {"fid_torch": Value(60.0, 2.0, 4), "fd_effnet": Value(170.0, 8.0, 4), "miou": Value(0.4, 0.02, 4)}
FID, FD, MIOU = Quantity("fid", "--distance"), Quantity("fd_effnet", "--distance"), Quantity("miou", "--score")


def run(
    folder: Path, method: str = "lggan", dataset: str = "tinytown", protocol: str = "tinytown-v1", **results: object
) -> Path:
    record: RunRecord = make_record(method, dataset, protocol, results=results or QUALITY)  # type: ignore[arg-type]
    return write_run(folder, record, images=False)


def drawn(*files: Path, x: Quantity = MIOU, y: Quantity = FD, **choice: object) -> Drawing:
    sources = {"table": None, "dataset": None, "protocol": None, "promoted": False} | choice
    return draw(Sources(files=files, **sources), [(x, y)])  # type: ignore[arg-type]


def spots(figure: Figure, panel: int = 0, marker: str = "D") -> list[tuple[float, float]]:
    lines = [line for line in figure.axes[panel].lines if line.get_marker() == marker]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


def names(figure: Figure, panel: int = 0) -> list[str]:
    return [text.get_text() for text in figure.axes[panel].texts if text.get_text()]


def test_measured_alone(tmp_path: Path) -> None:
    drawing = drawn(run(tmp_path / "a"), run(tmp_path / "b", "spade", miou=Value(0.5, 0.1, 4), fd_effnet=150.0))
    assert spots(drawing.figure) == [(40.0, 170.0), (50.0, 150.0)]
    assert names(drawing.figure) == ["lggan", "spade"]
    assert drawing.figure.axes[0].get_xlabel() == "mIoU (%) ↑"
    assert drawing.figure.get_supxlabel() == "measured: tinytown val, protocol tinytown-v1, 4 images"


def test_the_absent_are_listed_with_their_reason(tmp_path: Path) -> None:
    other = run(tmp_path / "b", "spade", miou=NotAvailable("no segmenter. Fetch it."), fd_effnet=150.0)
    drawing = drawn(run(tmp_path / "a"), other)
    assert names(drawing.figure) == ["lggan"]
    assert drawing.figure.get_supxlabel().endswith("\nn/a  spade: miou: no segmenter.")
    assert drawing.notes == ("n/a  spade: miou: no segmenter. Fetch it.",)


def test_beside_published_numbers(tmp_path: Path) -> None:
    ours = run(tmp_path / "a", "spade", "cityscapes", "oasis-2021")
    drawing = drawn(ours, y=FID, table="oasis-1", dataset="cityscapes")
    assert spots(drawing.figure) == [(40.0, 60.0)]
    assert len(spots(drawing.figure, marker="o")) == 6
    caption = drawing.figure.get_supxlabel()
    assert "published: OASIS (short paper), Table 1; " in caption
    assert "measured: cityscapes val, protocol oasis-2021, 4 images" in caption


def test_all_data_sets_of_a_table(tmp_path: Path) -> None:
    figure = drawn(run(tmp_path / "a", "spade", "cityscapes", "oasis-2021"), y=FID, table="oasis-1").figure
    assert [len(spots(figure, panel)) for panel in range(4)] == [0, 0, 1, 0]


def test_protocols_never_share_an_axis(tmp_path: Path) -> None:
    spade = run(tmp_path / "a", "spade", "cityscapes", "spade-2019")
    with pytest.raises(
        InputError, match=r"miou under spade-2019, and the axis is of oasis-2021; expected one protocol"
    ):
        drawn(spade, y=FID, table="oasis-1", dataset="cityscapes")
    oasis = run(tmp_path / "b", "lggan", "cityscapes", "oasis-2021")
    with pytest.raises(InputError, match=r"spade and lggan cannot be compared; .*protocol: spade-2019 against oasis-"):
        drawn(spade, oasis)


def test_data_sets_never_share_an_axis(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is of tinytown, and this figure of table 'oasis-1' of cityscapes"):
        drawn(run(tmp_path / "a"), y=FID, table="oasis-1", dataset="cityscapes")
    with pytest.raises(InputError, match="lggan and spade cannot be compared; they differ in dataset"):
        drawn(run(tmp_path / "a"), run(tmp_path / "b", "spade", "cityscapes"))


def test_where_no_protocol_of_ours_exists(tmp_path: Path) -> None:
    ours = run(tmp_path / "a", "spade", "ade_outdoors", "oasis-2021")
    reason = r"cannot stand beside mIoU of OASIS \(short paper\), Table 1: ADE20K-outdoor has no"
    with pytest.raises(InputError, match=reason):
        drawn(ours, y=FID, table="oasis-1", dataset="ade_outdoors")


def test_two_runs_of_one_method_are_two_points(tmp_path: Path) -> None:
    assert names(drawn(run(tmp_path / "a"), run(tmp_path / "b")).figure) == ["lggan (a)", "lggan (b)"]


def evaluation(protocol: str = "diversity-v1", dataset: str = "tinytown", **results: float) -> Evaluation:
    return make_record("x", dataset, protocol, results=results).evaluation


def test_quality_and_diversity_from_two_files_of_one_name(tmp_path: Path) -> None:
    for folder, found in (("q", evaluation("tinytown-v1", fd_effnet=150.0)), ("d", evaluation(ms_ssim=0.7))):
        (tmp_path / folder).mkdir()
        scored.write(tmp_path / folder / "spade.json", [found])
    drawing = drawn(tmp_path / "q/spade.json", tmp_path / "d/spade.json", x=Quantity("ms_ssim", "--diversity"))
    assert spots(drawing.figure) == [(0.7, 150.0)]
    assert names(drawing.figure) == ["spade"]
    assert "tinytown-v1" in drawing.figure.get_supxlabel()
    assert "diversity-v1" in drawing.figure.get_supxlabel()


def test_files_of_other_names_make_no_point(tmp_path: Path) -> None:
    scored.write(tmp_path / "a.json", [evaluation("tinytown-v1", fd_effnet=150.0)])
    scored.write(tmp_path / "b.json", [evaluation(ms_ssim=0.7)])
    with pytest.raises(
        InputError, match=r"no method has both ms_ssim and fd_effnet \(a: ms_ssim was not evaluated; b: "
    ):
        drawn(tmp_path / "a.json", tmp_path / "b.json", x=Quantity("ms_ssim", "--diversity"))


def test_axes_of_two_data_sets(tmp_path: Path) -> None:
    scored.write(
        tmp_path / "a.json", [evaluation("tinytown-v1", fd_effnet=1.0), evaluation("d", "images", ms_ssim=0.7)]
    )
    with pytest.raises(InputError, match="ms_ssim is of images and fd_effnet of tinytown; expected both of one"):
        drawn(tmp_path / "a.json", x=Quantity("ms_ssim", "--diversity"))


def test_several_protocols_in_a_file(tmp_path: Path) -> None:
    both = [evaluation("one", fd_effnet=1.0, miou=0.5), evaluation("two", fd_effnet=2.0, miou=0.25)]
    scored.write(tmp_path / "a.json", both)
    with pytest.raises(
        InputError, match=r"a has miou 2 times: .*\(one\), .*\(two\); expected once. Name one with '--pr"
    ):
        drawn(tmp_path / "a.json")
    assert spots(drawn(tmp_path / "a.json", protocol="two").figure) == [(25.0, 2.0)]


def test_a_number_that_nobody_has(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"'kid' \(kid was not evaluated\); .* fid_torch, fd_effnet, miou\. .*'--distance"
    ):
        drawn(run(tmp_path / "a"), y=Quantity("kid", "--distance"))


def test_options_that_contradict(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'--protocol x' and '--table oasis-1' were given"):
        drawn(y=FID, table="oasis-1", protocol="x")
    with pytest.raises(InputError, match="'--dataset tinytown' chooses a part of a published table"):
        drawn(run(tmp_path / "a"), dataset="tinytown")
    with pytest.raises(InputError, match="there is nothing to draw: no file, and no '--table'"):
        drawn(promoted=True)


def test_promoted_records_of_the_same_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = run(tmp_path / "a")
    run(tmp_path / "leaderboards/measured/tinytown/spade", "spade", fd_effnet=1.0, miou=0.5)
    run(tmp_path / "leaderboards/measured/tinytown/copy")
    run(tmp_path / "leaderboards/measured/cityscapes/other", "other", "cityscapes", "oasis-2021")
    monkeypatch.setattr(measured, "leaderboards", lambda: tmp_path / "leaderboards")
    assert spots(drawn(ours, promoted=True).figure) == [(40.0, 170.0), (50.0, 1.0)]
    assert spots(drawn(ours).figure) == [(40.0, 170.0)]
    beside = drawn(y=FID, table="oasis-1", dataset="cityscapes", promoted=True)
    assert spots(beside.figure) == [(40.0, 60.0)]
    assert "other" in names(beside.figure)


def test_a_file_given_twice_counts_once(tmp_path: Path) -> None:
    ours = run(tmp_path / "a")
    assert names(drawn(ours, ours / "record.json").figure) == ["lggan"]
