from __future__ import annotations

import dataclasses
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from scipy import stats

from sisbench import per_image
from sisbench.cli.compare import compare as command
from sisbench.compare import Comparison, Difference, compare, compare_stored, table
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.files import write_json
from sisbench.scored import Stored

FACTS = {"dataset": "tinytown", "card_sha256": "c" * 64, "split": "val", "samples_sha256": "5" * 64}
PROTOCOL = {"protocol": "tinytown-v1", "protocol_sha256": "f" * 64}
HIGHER = {"psnr": True, "fd": False, "fid": False, "kid": False}


def evaluation(columns: dict[str, list[float]], keys: list[str] | None = None, **provenance: str) -> Evaluation:
    """An evaluation whose outputs are the means of the columns."""
    n = len(next(iter(columns.values())))
    results: dict[str, Value | NotAvailable] = {}
    for output, column in columns.items():
        mean = math.fsum(column) / n
        error = math.sqrt(math.fsum((x - mean) ** 2 for x in column) / (n * (n - 1))) if n > 1 else None
        results[output] = Value(mean, error, n)
    return Evaluation(
        n=n,
        results=results,
        real={},
        per_class={},
        real_per_class={},
        higher_is_better={output: HIGHER[output] for output in columns},
        provenance=FACTS | PROTOCOL | provenance,
        keys=tuple(keys or (f"town_{i}" for i in range(n))),
        per_image={output: tuple(column) for output, column in columns.items()},
    )


def draw(seed: int, n: int, gain: float = 0.0, layouts: int = 0) -> list[float]:
    """Numbers of n images: what the layouts have in common, and an error of the method's own."""
    shared, own = random.Random(layouts), random.Random(1000 + seed)
    return [shared.gauss(20, 5) + own.gauss(gain, 1) for _ in range(n)]


def only(comparison: Comparison) -> Difference:
    (difference,) = comparison.differences
    return difference


def test_by_hand() -> None:
    # Differences 1, 3, 2: mean 2, standard error sqrt(2 / 6).
    found = only(compare(evaluation({"psnr": [10, 20, 30]}), evaluation({"psnr": [11, 23, 32]})))
    assert (found.a.value, found.b.value, found.value) == (20, 22, 2)
    assert found.stderr == pytest.approx(math.sqrt(1 / 3))
    assert found.interval == pytest.approx((2 - 1.959964 * math.sqrt(1 / 3), 2 + 1.959964 * math.sqrt(1 / 3)))
    assert found.z == pytest.approx(2 * math.sqrt(3))
    assert found.p == pytest.approx(5.32e-4, rel=1e-3)
    assert found.verdict == "better"


def test_agrees_with_a_paired_test() -> None:
    a, b = draw(1, 4000), draw(2, 4000, gain=0.05)
    found = only(compare(evaluation({"psnr": a}), evaluation({"psnr": b})))
    expected = stats.ttest_rel(b, a)
    assert found.z == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-2)  # Student's t of 3999 degrees against the normal


def test_the_direction_of_the_metric_decides() -> None:
    low, high = [1.0, 2.0, 3.0], [11.0, 12.5, 13.0]
    a, b = evaluation({"psnr": low, "fd": low}), evaluation({"psnr": high, "fd": high})
    assert [d.verdict for d in compare(a, b).differences] == ["better", "worse"]
    assert [d.verdict for d in compare(b, a).differences] == ["worse", "better"]


def test_pairing_sees_what_two_intervals_hide() -> None:
    a, b = evaluation({"psnr": draw(1, 100)}), evaluation({"psnr": draw(2, 100, gain=1.0)})
    found = only(compare(a, b))
    assert found.a.stderr is not None
    assert abs(found.value) < found.a.stderr * 3
    assert found.verdict == "better"


def test_false_alarms_and_coverage() -> None:
    # 600 pairs of equal methods on 100 layouts: the deviation of the share of alarms is 0.9 %.
    found = [
        only(
            compare(
                evaluation({"psnr": draw(2 * i, 100, layouts=i)}), evaluation({"psnr": draw(2 * i + 1, 100, layouts=i)})
            )
        )
        for i in range(600)
    ]
    alarms = sum(d.verdict != "no difference" for d in found) / len(found)
    assert 0.02 <= alarms <= 0.08
    assert all((d.interval[0] <= 0 <= d.interval[1]) == (d.verdict == "no difference") for d in found)


def test_pairs_go_by_key() -> None:
    a, b = draw(1, 20), draw(2, 20)
    keys = [f"k{i}" for i in range(20)]
    straight = only(compare(evaluation({"psnr": a}, keys), evaluation({"psnr": b}, keys)))
    turned = only(compare(evaluation({"psnr": a}, keys), evaluation({"psnr": b[::-1]}, keys[::-1])))
    assert turned.stderr == pytest.approx(straight.stderr, rel=1e-12)
    unpaired = only(compare(evaluation({"psnr": a}, keys), evaluation({"psnr": b[::-1]}, keys)))
    assert unpaired.stderr > 2 * straight.stderr


def test_the_same_numbers_twice() -> None:
    one = evaluation({"psnr": draw(1, 10)})
    found = only(compare(one, one))
    assert (found.value, found.stderr, found.z, found.p, found.verdict) == (0, 0, 0, 1, "no difference")


def test_rounding_is_no_difference() -> None:
    a = draw(1, 10)
    found = only(compare(evaluation({"psnr": a}), evaluation({"psnr": [x + 1e-13 for x in a]})))
    assert found.verdict == "no difference"


def test_one_and_the_same_shift_is_certain() -> None:
    found = only(compare(evaluation({"psnr": [1.0, 2.0, 4.0]}), evaluation({"psnr": [2.0, 3.0, 5.0]})))
    assert (found.z, found.p, found.verdict) == (None, 0, "better")
    json.dumps(found.to_json(), allow_nan=False)


def with_result(one: Evaluation, output: str, score: Value | NotAvailable) -> Evaluation:
    return dataclasses.replace(
        one,
        results={**one.results, output: score},
        higher_is_better={**one.higher_is_better, output: HIGHER[output]},
    )


def test_what_cannot_be_compared_says_why() -> None:
    a = evaluation({"psnr": draw(1, 10), "fd": draw(3, 10)})
    b = with_result(evaluation({"psnr": draw(2, 10)}), "fid", NotAvailable("no weights"))
    a, b = with_result(a, "fid", Value(3.0, 1.0, 10)), with_result(b, "kid", Value(1.0, 0.1, 10))
    a = with_result(a, "kid", Value(1.0, 0.1, 10))
    found = compare(a, b)
    assert [d.output for d in found.differences] == ["psnr"]
    assert found.skipped == {
        "fd": "not among the numbers of B",
        "fid": "n/a in B: no weights",
        "kid": "no image has a share in it (unpaired)",
    }
    assert "not compared  fid: n/a in B: no weights" in table(found)
    with pytest.raises(InputError, match="no number in common that can be compared: fid: n/a in B: no weights"):
        compare(a, b, ["fid"])


def test_chosen_outputs() -> None:
    a, b = (evaluation({"psnr": draw(seed, 10), "fd": draw(seed, 10)}) for seed in (1, 2))
    assert [d.output for d in compare(a, b, ["fd"]).differences] == ["fd"]
    with pytest.raises(InputError, match=r"'psn' is not an output of these evaluations; closest: 'psnr'"):
        compare(a, b, ["psn"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples_sha256": "6" * 64}, r"samples_sha256: 555555555555\.\.\. against 666666666666\.\.\."),
        ({"dataset": "cityscapes"}, "dataset: tinytown against cityscapes"),
        ({"protocol_sha256": "0" * 64, "split": "test"}, "split: val against test; protocol_sha256: ffff"),
        ({"feature:lpips": "2" * 64}, "feature:lpips: 111111111111... against 222222222222"),
        ({"images_per_layout": "10"}, "images_per_layout: nothing recorded against 10"),
    ],
)
def test_other_tasks_are_refused(change: dict[str, str], message: str) -> None:
    a = evaluation({"psnr": [1.0, 2.0]}, **{"feature:lpips": "1" * 64})
    b = evaluation({"psnr": [1.0, 2.0]}, **{"feature:lpips": "1" * 64} | change)
    with pytest.raises(InputError, match=f"A and B cannot be compared; they differ in {message}"):
        compare(a, b)


def test_a_network_of_one_side_alone_is_no_obstacle() -> None:
    compare(evaluation({"psnr": [1.0, 2.0]}, **{"feature:lpips": "1"}), evaluation({"psnr": [1.0, 2.0]}))


def test_other_layouts_are_refused() -> None:
    a, b = evaluation({"psnr": [1.0] * 14}), evaluation({"psnr": [1.0] * 3}, ["town_0", "x", "y"])
    with pytest.raises(InputError) as refusal:
        compare(a, b)
    assert "A has 14 layouts and B 3" in str(refusal.value)
    assert "13 are in A alone (town_1, town_10, " in str(refusal.value)
    assert ", ...) and 2 are in B alone (x, y)" in str(refusal.value)


def test_one_layout_is_too_few() -> None:
    one = evaluation({"psnr": [1.0]})
    with pytest.raises(InputError, match="1 layouts; its standard error needs at least 2"):
        compare(one, one)


def test_the_table() -> None:
    a = evaluation({"psnr": [10, 20, 30], "fd": [1.0, 2.0, 3.0]})
    b = evaluation({"psnr": [11, 23, 32], "fd": [1.5, 1.5, 3.0]})
    lines = table(compare(a, b)).splitlines()
    assert lines[:5] == [
        "tinytown val, protocol tinytown-v1, 3 layouts, paired",
        "",
        "metric            A            B  B - A ± std. error   95% interval        p           B is",
        "-------------------------------------------------------------------------------------------",
        "psnr ↑   20.0 ± 5.8   22.0 ± 6.1         2.00 ± 0.58   0.87 to 3.13  < 0.001         better",
    ]
    assert lines[5].endswith("1.000  no difference")
    assert "3 layouts are few" in lines[8]
    assert "Below 0.025" in lines[9]


def stored(*protocols: str, seed: int = 1) -> Stored:
    found = {p: evaluation({"psnr": draw(seed, 5)}, protocol=p) for p in protocols}
    return Stored(Path(f"{seed}.json"), "x", found)


def test_protocol_by_protocol() -> None:
    found = compare_stored(stored("a", "b"), stored("b", "c", seed=2))
    assert list(found) == ["b"]
    with pytest.raises(InputError, match=r"1.json is of protocol a, b and 2.json of c;"):
        compare_stored(stored("a", "b"), stored("c", seed=2))
    with pytest.raises(InputError, match="'ssin' is not an output of these files"):
        compare_stored(stored("a"), stored("a", seed=2), ["ssin"])


def test_an_output_of_one_protocol_alone() -> None:
    def both(seed: int) -> Stored:
        columns = {"a": {"psnr": draw(seed, 5)}, "b": {"psnr": draw(seed, 5), "fd": draw(seed, 5)}}
        return Stored(Path("x"), "x", {p: evaluation(columns[p], protocol=p) for p in columns})

    assert list(compare_stored(both(1), both(2), ["fd"])) == ["b"]
    found = compare_stored(both(1), both(2), ["fd", "psnr"])
    assert {p: [d.output for d in one.differences] for p, one in found.items()} == {"a": ["psnr"], "b": ["fd", "psnr"]}


def write(path: Path, *evaluations: Evaluation) -> Path:
    """Write what 'sisbench evaluate --output' does."""
    several = len(evaluations) > 1
    value: Any = {"evaluations": [e.to_json() for e in evaluations]} if several else evaluations[0].to_json()
    columns = {
        f"{e.provenance['protocol']}:{output}" if several else output: column
        for e in evaluations
        for output, column in e.per_image.items()
    }
    write_json(path, value)
    per_image.write(per_image.beside(path), evaluations[0].keys, columns)
    return path


def test_another_number_of_images_is_told() -> None:
    a, b = evaluation({"psnr": draw(1, 10)}), evaluation({"psnr": draw(1, 4)}, samples_sha256="6" * 64)
    with pytest.raises(InputError, match=r"samples_sha256: 5+\.\.\. against 6+\.\.\.; number of images: 10 against 4"):
        compare(a, b)


def test_equal_reasons_share_a_line() -> None:
    a, b = evaluation({"psnr": draw(1, 10)}), evaluation({"psnr": draw(2, 10)})
    for output in ("fid", "kid"):
        a, b = (with_result(side, output, NotAvailable("no weights.")) for side in (a, b))
    assert "\nnot compared  fid, kid: n/a in A and B: no weights." in table(compare(a, b))
    with pytest.raises(InputError, match=r"fid, kid: n/a in A and B: no weights\. Evaluate both again"):
        compare(a, b, ["fid", "kid"])


def test_the_command(tmp_path: Path) -> None:
    a = write(tmp_path / "spade.json", evaluation({"psnr": draw(1, 40), "fd": draw(3, 40)}))
    b = write(tmp_path / "oasis.json", evaluation({"psnr": draw(2, 40, gain=2), "fd": draw(4, 40)}))
    output = tmp_path / "out" / "difference.json"
    result = CliRunner().invoke(command, [str(a), str(b), "--metrics", " psnr", "--output", str(output)])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"A  spade  {a}\nB  oasis  {b}\n\ntinytown val, protocol tinytown-v1, 40 layouts")
    value = json.loads(output.read_text())
    assert value["a"] == {"label": "spade", "file": str(a)}
    (comparison,) = value["comparisons"]
    (difference,) = comparison["differences"]
    assert (difference["output"], difference["b_is"]) == ("psnr", "better")
    assert comparison["provenance"]["protocol"] == "tinytown-v1"


def test_the_command_with_several_protocols(tmp_path: Path) -> None:
    a = write(tmp_path / "a.json", *(evaluation({"psnr": draw(1, 9)}, protocol=p) for p in ("one", "two")))
    b = write(tmp_path / "b.json", *(evaluation({"psnr": draw(2, 9)}, protocol=p) for p in ("two", "three")))
    result = CliRunner().invoke(command, [str(a), str(b)], catch_exceptions=False)
    assert "protocol two, 9 layouts" in result.stdout
    assert "Of one side alone, not compared: protocol one, three" in result.stdout
