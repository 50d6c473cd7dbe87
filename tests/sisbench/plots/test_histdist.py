from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure
from PIL import Image

from sisbench import plots
from sisbench.cli.plot import plot
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.files import write_json
from sisbench.plots.histdist import histdist, outputs

FACTS = {"dataset": "tinytown", "split": "val", "protocol": "tinytown-v1", "samples_sha256": "5" * 64}


def evaluation(
    emd: Value | NotAvailable | None, chi2: Value | NotAvailable | None, suffix: str = "", **facts: str
) -> Evaluation:
    scores = {f"lab_emd{suffix}": emd, f"lbp_chi2{suffix}": chi2}
    results = {output: score for output, score in scores.items() if score is not None}
    return Evaluation(48, results, {}, {}, {}, dict.fromkeys(results, False), FACTS | facts)


SPADE = evaluation(Value(8.0, 0.5, 48), Value(0.04, 0.002, 48))
OASIS = evaluation(Value(5.25, 0.2, 48), NotAvailable("no real images"))


def texts(figure: Figure) -> list[list[str]]:
    return [[text.get_text() for text in axes.texts] for axes in figure.axes]


def test_the_caption_says_what_was_compared() -> None:
    folder = evaluation(SPADE.results["lab_emd"], None, dataset="images", split="folder")
    for one, words in ((SPADE, "tinytown val, protocol"), (folder, "photos in a folder, protocol")):
        assert f"{words} tinytown-v1, 48 images\npaired: " in str(histdist({"spade": one}).get_supxlabel())


def test_bars_are_the_numbers() -> None:
    figure = histdist({"spade": SPADE, "oasis": OASIS})
    colour, texture = figure.axes
    assert [bar.get_height() for bar in colour.patches] == [8.0, 5.25]
    assert [bar.get_height() for bar in texture.patches] == [0.04]
    assert [label.get_text() for label in colour.get_xticklabels()] == ["spade", "oasis"]
    assert texts(figure) == [["8.00", "5.25"], ["0.0400", "n/a"]]
    assert colour.get_ylim()[0] == 0


def test_whiskers_are_95_percent_intervals() -> None:
    figure = histdist({"spade": SPADE, "oasis": OASIS})
    (low, high) = figure.axes[0].collections[0].get_segments()[0][:, 1]
    assert (low, high) == pytest.approx((8 - 1.96 * 0.5, 8 + 1.96 * 0.5), abs=1e-4)


def test_without_an_error_there_is_no_whisker() -> None:
    figure = histdist({"one": evaluation(Value(8.123, None, 1), Value(0, 0, 48))})
    assert [len(axes.collections) for axes in figure.axes] == [0, 0]
    assert texts(figure) == [["8.12"], ["0.00"]]


@pytest.mark.parametrize(("aggregation", "suffix"), [("pooled", "_pooled"), ("class", "_class")])
def test_aggregations(aggregation: str, suffix: str) -> None:
    assert outputs(aggregation) == (f"lab_emd{suffix}", f"lbp_chi2{suffix}")  # type: ignore[arg-type]
    other = evaluation(Value(1.0, 0.1, 48), Value(0.1, 0.01, 48), suffix)
    figure = histdist({"a": other, "b": SPADE}, aggregation)  # type: ignore[arg-type]
    assert texts(figure) == [["1.00", "n/a"], ["0.100", "n/a"]]
    (caption,) = [text.get_text() for text in figure.texts]
    assert caption.startswith("tinytown val, protocol tinytown-v1, 48 images\n")
    assert f"{aggregation}: all generated images" in caption


def test_long_names_are_slanted() -> None:
    def angle(*names: str) -> float:
        return histdist(dict.fromkeys(names, SPADE)).axes[0].get_xticklabels()[0].get_rotation()

    assert angle("spade", "oasis") == 0
    assert angle("spade with noise", "spade without vgg", "oasis") == 30


def test_no_bar_is_wider_than_the_space_of_three() -> None:
    left, right = histdist({"spade": SPADE}).axes[0].get_xlim()
    assert right - left >= 3


def test_nothing_to_draw() -> None:
    with pytest.raises(InputError, match=r"none of a, b has lab_emd_class or lbp_chi2_class.*lab_emd_class,lbp_class"):
        histdist({"a": SPADE, "b": OASIS}, "class")
    with pytest.raises(InputError, match=r"\(no photos\)"):
        histdist({"a": evaluation(NotAvailable("no photos"), None)})


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg", ".PNG"])
def test_equal_figures_have_equal_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        plots.save(histdist({"spade": SPADE, "oasis": OASIS}), tmp_path / f"{name}{suffix}")
    content = (tmp_path / f"a{suffix}").read_bytes()
    assert content == (tmp_path / f"b{suffix}").read_bytes()
    assert b"CreationDate" not in content
    assert b"dc:date" not in content
    assert b"Matplotlib" not in content.replace(b"Matplotlib Font", b"")


def test_the_png_is_an_image(tmp_path: Path) -> None:
    plots.save(histdist({"spade": SPADE}), tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as image:
        image.load()
        assert image.size == (1120, 680)
        assert not image.info.get("Software")


def test_other_kinds_of_files(tmp_path: Path) -> None:
    for name, kind in (("x.jpg", ".jpg"), ("x", "without a suffix")):
        with pytest.raises(InputError, match=f"of the kind {kind}; expected .pdf, .svg or .png"):
            plots.save(histdist({"spade": SPADE}), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def write(path: Path, *evaluations: Evaluation) -> str:
    values = [one.to_json() for one in evaluations]
    write_json(path, values[0] if len(values) == 1 else {"evaluations": values})
    return str(path)


def test_the_command(tmp_path: Path) -> None:
    files = [write(tmp_path / "spade.json", SPADE), write(tmp_path / "oasis.json", OASIS)]
    figure = tmp_path / "new" / "fig3.svg"
    result = CliRunner().invoke(plot, ["histdist", *files, "-o", str(figure)], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (0, f"figure {figure}\n")
    assert figure.read_text().startswith("<?xml")


def test_the_command_refuses_other_samples(tmp_path: Path) -> None:
    other = evaluation(Value(5.0, 0.2, 48), None, samples_sha256="6" * 64)
    files = [write(tmp_path / "spade.json", SPADE), write(tmp_path / "oasis.json", other)]
    with pytest.raises(InputError, match="spade and oasis cannot be compared; they differ in samples_sha256"):
        CliRunner().invoke(plot, ["histdist", *files, "-o", str(tmp_path / "x.png")], catch_exceptions=False)


def test_the_command_chooses_a_protocol(tmp_path: Path) -> None:
    both = write(tmp_path / "both.json", SPADE, evaluation(Value(1.0, 0.1, 48), None, protocol="other"))
    single = write(tmp_path / "single.json", SPADE)
    options = ["histdist", both, single, "-o", str(tmp_path / "x.png")]
    with pytest.raises(InputError, match=r"both.json holds the protocols tinytown-v1, other, and none was named"):
        CliRunner().invoke(plot, options, catch_exceptions=False)
    with pytest.raises(InputError, match=r"single.json holds the protocols tinytown-v1, and 'other' was asked for"):
        CliRunner().invoke(plot, [*options, "--protocol", "other"], catch_exceptions=False)
    result = CliRunner().invoke(plot, [*options, "--protocol", "tinytown-v1"], catch_exceptions=False)
    assert result.exit_code == 0


def test_help_teaches() -> None:
    assert "sisbench plot histdist spade.json oasis.json" in CliRunner().invoke(plot, ["histdist", "--help"]).stdout
