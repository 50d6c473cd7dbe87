"""How far a number may move: what users write, what counts where they write nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sisbench import metrics
from sisbench.errors import InputError
from sisbench.gate.rules import DEFAULTS, Tolerance, Tolerances, default, parse, parse_option, read_toml


@pytest.mark.parametrize(
    ("text", "kind", "amount", "shown"),
    [
        ("0.5", "absolute", 0.5, "0.5"),
        (" 0 ", "absolute", 0.0, "0"),
        ("1e-3", "absolute", 0.001, "0.001"),
        ("2%", "relative", 0.02, "2%"),
        ("interval", "interval", 0.95, "interval:95%"),
        ("interval:99.9%", "interval", 0.999, "interval:99.9%"),
    ],
)
def test_what_users_write(text: str, kind: str, amount: float, shown: str) -> None:
    found = parse(text, "'fid'")
    assert (found.kind, found.amount) == (kind, pytest.approx(amount))
    assert str(found) == shown
    assert parse(str(found), "'fid'").amount == pytest.approx(amount)


@pytest.mark.parametrize(
    "text", ["-0.1", "-1%", "nan", "inf", "inf%", "", "%", "much", "interval:", "interval:99", "interval:x%", "0.1 dB"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"the tolerance of 'fid' is '.*(expected a number|Write 'interval')"):
        parse(text, "'fid'")


@pytest.mark.parametrize("level", ["0%", "100%", "150%"])
def test_levels_that_no_interval_has(level: str) -> None:
    with pytest.raises(InputError, match="level between 0 and 100 %"):
        parse(f"interval:{level}", "'fid'")


def test_distances_by_hand() -> None:
    assert parse("0.5", "x").allowed(20.0) == 0.5
    assert parse("2%", "x").allowed(-50.0) == pytest.approx(1.0)
    assert parse("interval", "x").allowed(20.0, stderr=2.0) == pytest.approx(3.9199, abs=1e-4)
    assert parse("interval:99%", "x").allowed(20.0, stderr=2.0) == pytest.approx(5.1517, abs=1e-4)


def test_an_interval_is_never_narrower_than_the_default() -> None:
    """The standard error of the difference between an unchanged run and itself is rounding."""
    chosen = Tolerances([("fid", parse("interval", "x"))]).of("fid", baseline=50.0)
    assert chosen.allowed(50.0, stderr=1e-9) == 0.1
    other = Tolerances([("*", parse("interval", "x"))]).of("lab_emd", baseline=50.0)
    assert other.allowed(50.0, stderr=0.0) == pytest.approx(0.05)


def test_one_option() -> None:
    assert parse_option(" fid = 2%") == ("fid", Tolerance("relative", 0.02))
    for text in ("fid", "=0.1", " =0.1", ""):
        with pytest.raises(InputError, match="names no output or no tolerance"):
            parse_option(text)
    with pytest.raises(InputError, match="'fid' is ''"):
        parse_option("fid=")


def test_the_last_that_fits_counts() -> None:
    chosen = Tolerances([("*", parse("5%", "x")), ("fid*", parse("1", "x")), ("fid_clean", parse("2", "x"))])
    assert [str(chosen.of(o, 10.0)) for o in ("miou", "fid", "fid_clean")] == ["5%", "1", "2"]
    assert str(Tolerances([("fid", parse("1", "x")), ("*", parse("5%", "x"))]).of("fid", 10.0)) == "5%"
    assert str(Tolerances().of("fid", 10.0)) == "0.1"


def test_an_unknown_output_is_refused_with_the_closest() -> None:
    with pytest.raises(InputError, match=r"'mIoU' is not an output of these records.*closest: 'miou'"):
        Tolerances([("mIoU", parse("1", "x"))]).require_known(["fid", "miou"])
    with pytest.raises(InputError, match=r"'kid\*' is not an output"):
        Tolerances([("kid*", parse("1", "x"))]).require_known(["fid", "miou"])
    Tolerances([("m*", parse("1", "x"))]).require_known(["fid", "miou"])


def test_every_metric_has_a_default_of_its_kind() -> None:
    fallback = {"lab_emd", "lbp"}  # distances of histograms, whose scale is nobody's custom
    for name in metrics.names():
        for output in metrics.get(name).outputs:
            assert default(output).amount > 0
            if default(output) == DEFAULTS[-1].tolerance:
                assert output.startswith(tuple(fallback)), output


def test_every_pattern_of_the_defaults_is_of_a_metric() -> None:
    outputs = [output for name in metrics.names() for output in metrics.get(name).outputs]
    for one in DEFAULTS[:-1]:
        assert one.reason
        for pattern in one.outputs:
            Tolerances([(pattern, one.tolerance)]).require_known(outputs)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tolerances.toml"
    path.write_text('[tolerances]\nfid = "2%"\nmiou = 0.01\nkid = 1\n"iou_*" = "interval"\n')
    assert [(name, str(tolerance)) for name, tolerance in read_toml(path)] == [
        ("fid", "2%"),
        ("miou", "0.01"),
        ("kid", "1"),
        ("iou_*", "interval:95%"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read as tolerances .No such file"),
        ("fid = ", "cannot be read as tolerances"),
        ("", "holds nothing; expected the table"),
        ("fid = 1", "holds 'fid'; expected the table"),
        ("tolerances = 1", "holds 'tolerances'; expected the table"),
        ("[tolerances]\n[more]", "holds 'tolerances', 'more'; expected the table"),
        ("[tolerances]\nfid = true", "'fid' in .* is True"),
        ("[tolerances]\nfid = [1]", r"'fid' in .* is \[1\]"),
        ("[tolerances]\nfid = -1", "'fid' in .* is '-1'"),
        ("[tolerances]\nfid = nan", "'fid' in .* is 'nan'"),
    ],
)
def test_other_files(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "tolerances.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_toml(path)
