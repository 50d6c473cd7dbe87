"""The registry of data sets: every entry keeps its contract; data are found or asked for."""

import subprocess
import sys

import pytest

from sisbench import contracts, datasets
from sisbench.contracts import datasets as contract
from sisbench.datasets import Dataset, Listing
from sisbench.errors import InputError, Problems
from tests.trees import tinytown_tree


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch):
    monkeypatch.delenv("SISBENCH_DATA", raising=False)


@pytest.mark.parametrize("name", datasets.names())
def test_a_card_is_consistent(name):
    contract.card_is_consistent(name)


@pytest.mark.parametrize("name", datasets.names())
def test_the_default_protocol_covers_the_data_set(name):
    contract.default_protocol_covers_it(name)


@pytest.mark.parametrize("name", datasets.names())
def test_files_that_are_here_keep_the_other_contracts(name):
    outcomes = list(contracts.run("datasets", name))
    assert [outcome for outcome in outcomes if outcome.status == "failed"] == []
    assert "n/a" not in {outcome.status for outcome in outcomes} or datasets.get(name).root is None


def test_listing_needs_no_torch():
    code = (
        "import sys; from sisbench import datasets, protocols; protocols.names();"
        "d = datasets.get('tinytown'); d.index(datasets.locate(d), 'val');"
        "print([m for m in ('torch', 'numpy', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_gets_the_closest():
    with pytest.raises(InputError, match="'citiscapes' is not a data set; closest: 'cityscapes'"):
        datasets.get("citiscapes")


def test_an_unknown_split_names_the_known():
    dataset = datasets.get("cityscapes")
    with pytest.raises(InputError, match="'test' is not a split of cityscapes; it has train, val"):
        dataset.index(datasets.locate(datasets.get("tinytown")), "test")


def test_problems_are_listed_with_advice(tmp_path):
    tiny = datasets.get("tinytown")
    dataset = Dataset(tiny.card, lambda tree, split: Listing((), ("a.png: is odd", "b.png: is odder")))
    with pytest.raises(Problems) as caught:
        dataset.index(datasets.locate(tiny), "val")
    assert caught.value.problems == ("a.png: is odd", "b.png: is odder")
    assert "  - a.png: is odd\n  - b.png: is odder\n" in str(caught.value)
    assert str(caught.value).endswith(tiny.card.obtain)


def test_locate_prefers_the_root_then_the_variable_then_the_package(tmp_path, monkeypatch):
    dataset = datasets.get("tinytown")
    assert datasets.locate(dataset).root.name == "tinytown-v1.zip"
    tree = tinytown_tree(tmp_path / "data" / "tinytown")
    monkeypatch.setenv("SISBENCH_DATA", str(tmp_path / "data"))
    assert datasets.locate(dataset).root == tree
    assert datasets.locate(dataset, tmp_path).root == tmp_path
    monkeypatch.setenv("SISBENCH_DATA", str(tmp_path / "elsewhere"))
    assert datasets.locate(dataset).root.name == "tinytown-v1.zip"


def test_locate_finds_an_archive_under_the_variable(tmp_path, monkeypatch):
    dataset = datasets.get("tinytown")
    (tmp_path / "tinytown.zip").write_bytes(datasets.locate(dataset).root.read_bytes())
    monkeypatch.setenv("SISBENCH_DATA", str(tmp_path))
    tree = datasets.locate(dataset)
    assert tree.root == tmp_path / "tinytown.zip"
    assert len(dataset.index(tree, "val")) == dataset.card.counts["val"]


def test_missing_data_says_where_it_was_looked_for(tmp_path, monkeypatch):
    dataset = datasets.get("cityscapes")
    with pytest.raises(InputError) as caught:
        datasets.locate(dataset)
    for part in ("--root", "$SISBENCH_DATA/cityscapes", "not set", "the package", "cityscapes-dataset.com"):
        assert part in str(caught.value)
    monkeypatch.setenv("SISBENCH_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"cityscapes\.zip .*does not exist"):
        datasets.locate(dataset)
    with pytest.raises(InputError, match=r"nothing, which does not exist\. To get the data: register"):
        datasets.locate(dataset, tmp_path / "nothing")
