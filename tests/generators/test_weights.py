"""Weights on disk: what loads, and what is said of what does not."""

from __future__ import annotations

import io
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import generators
from generators import Generator, GeneratorError
from tests.generators.tiny import Case

State = dict[str, Tensor]

LABELS = 6


def network(method: str = "spade", labels: int = LABELS, **options: Any) -> Generator:
    options = {"width": 2, "hidden": 4, **options}
    return generators.create(method, num_labels=labels, edges=True, size=(32, 64), **options)


@pytest.fixture(scope="module")
def state() -> State:
    """The state of a network whose buffers are not the initial ones."""
    torch.manual_seed(1)
    trained = network()
    with torch.no_grad():
        trained.train()(torch.rand(2, LABELS + 1, 32, 64))
    return trained.state_dict()


def save(state: object, path: Path) -> Path:
    torch.save(state, path)
    return path


def load(path: Path, into: Generator | None = None) -> Generator:
    into = into or network()
    generators.load_state(into, generators.read_state(path), str(path))
    return into


def refusal(path: Path, into: Generator | None = None) -> str:
    """What is said of a file that must not load; it names the file."""
    with pytest.raises(GeneratorError) as caught:
        load(path, into)
    assert str(path) in str(caught.value)
    return str(caught.value)


def assert_holds(loaded: Generator, state: State) -> None:
    own = loaded.state_dict()
    assert all(torch.equal(own[key], value) for key, value in state.items())


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s,
        lambda s: {f"module.{key}": x for key, x in s.items()},
        lambda s: {key: x for key, x in s.items() if not key.endswith("num_batches_tracked")},
        lambda s: dict(reversed(s.items())),
    ],
    ids=["as saved", "module prefix", "old batch norm", "another order"],
)
def test_what_loads(state: State, tmp_path: Path, change: Callable[[State], State]) -> None:
    loaded = load(save(change(state), tmp_path / "g.pth"))
    assert_holds(loaded, {key: x for key, x in state.items() if not key.endswith("num_batches_tracked")})


def test_half_precision_widens_exactly(state: State, tmp_path: Path) -> None:
    half = {key: x.half() if x.is_floating_point() else x for key, x in state.items()}
    loaded = load(save(half, tmp_path / "g.pth"))
    assert_holds(loaded, {key: x.to(state[key].dtype) for key, x in half.items()})
    assert loaded.get_parameter("conv_img.weight").dtype == torch.float32


def test_the_old_file_format_loads(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "g.pth", _use_new_zipfile_serialization=False)
    assert_holds(load(tmp_path / "g.pth"), state)


@torch.no_grad()
@pytest.mark.parametrize("with_weight", [True, False])
def test_spectral_norms_from_before_torch_1(state: State, tmp_path: Path, with_weight: bool) -> None:
    """They hold no `weight_v`, and where they hold the weight in use, it is the one that makes the images."""
    built = network()
    built.load_state_dict(state)
    cond = torch.rand(1, LABELS + 1, 32, 64)
    built.eval()(cond)
    old = {key: value for key, value in state.items() if not key.endswith("weight_v")}
    for name, module in built.named_modules():
        if f"{name}.weight_u" not in state:
            continue
        if with_weight:
            old[f"{name}.weight"] = module.weight.clone()
        else:
            matrix, u = state[f"{name}.weight_orig"].flatten(1), state[f"{name}.weight_u"]
            module.weight_v.copy_(matrix.T @ u / (matrix.T @ u).norm())
    loaded = load(save(old, tmp_path / "old.pth"))
    torch.testing.assert_close(loaded.eval()(cond), built(cond), atol=1e-5, rtol=0)


def test_another_number_of_labels(state: State, tmp_path: Path) -> None:
    message = refusal(save(state, tmp_path / "g.pth"), network(labels=9))
    assert "it was made for 7 condition channels, this network for 10" in message
    assert ".mlp_shared.0.weight: has shape (4, 7, 3, 3), expected (4, 10, 3, 3)" in message


@pytest.mark.parametrize("method", ["spade", "lggan"])
def test_another_width(tmp_path: Path, method: str) -> None:
    message = refusal(save(network(method).state_dict(), tmp_path / "g.pth"), network(method, width=3))
    assert "its widths differ" in message
    assert "recipe" in message


def test_another_method(state: State, tmp_path: Path) -> None:
    message = refusal(save(state, tmp_path / "g.pth"), network("lggan"))
    assert "does not fit LGGAN: it is the state of another method or variant" in message
    assert "conv1.weight: missing" in message
    message = refusal(save(network("lggan").state_dict(), tmp_path / "l.pth"))
    assert "does not fit Spade: it is the state of another method or variant" in message
    assert "not part of it" in message


def test_another_variant(tmp_path: Path) -> None:
    fewer = network("lggan", local_classes=3, local_rest=True)
    assert "it is the state of another method or variant" in refusal(
        save(fewer.state_dict(), tmp_path / "g.pth"), network("lggan")
    )


def test_a_discriminator_in_place_of_the_generator(tmp_path: Path) -> None:
    case = Case("spade", "quick")
    discriminator = case.objective(case.generator()).discriminator_module()
    assert "another method" in refusal(save(discriminator.state_dict(), tmp_path / "d.pth"))


def test_a_tensor_less_or_more(state: State, tmp_path: Path) -> None:
    less = {key: x for key, x in state.items() if key != "conv_img.bias"}
    message = refusal(save(less, tmp_path / "less.pth"))
    assert message.splitlines()[1:] == ["  - conv_img.bias: missing"]
    message = refusal(save({**state, "conv_img.scale": torch.ones(1)}, tmp_path / "more.pth"))
    assert message.splitlines()[1:] == ["  - conv_img.scale: not part of it"]


def test_many_differences_are_counted(tmp_path: Path) -> None:
    message = refusal(save({"weight": torch.ones(1)}, tmp_path / "g.pth"))
    shown, missing = message.splitlines()[1:], len(network().state_dict()) - counters(network())
    assert len(shown) == 7
    assert shown[-1] == f"  - and {missing + 1 - 6} more differences"


def counters(of: Generator) -> int:
    return sum(key.endswith("num_batches_tracked") for key in of.state_dict())


def test_what_does_not_fit_changes_nothing(state: State, tmp_path: Path) -> None:
    other = network(labels=9)
    before = generators.state_digest(other.state_dict())
    refusal(save(state, tmp_path / "g.pth"), other)
    assert generators.state_digest(other.state_dict()) == before


def test_a_missing_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "nowhere.pth")


def test_a_folder(tmp_path: Path) -> None:
    assert "holds no files of weights" in refusal(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        {},
        [torch.ones(2)],
        torch.ones(2),
        3,
        {"state": {"weight": torch.ones(2)}},
        {"weight": [1.0, 2.0]},
        {1: torch.ones(2)},
    ],
    ids=["empty", "list", "tensor", "number", "nested", "lists", "numbered"],
)
def test_tensors_in_another_form(tmp_path: Path, content: object) -> None:
    assert "holds no bare state dict" in refusal(save(content, tmp_path / "g.pth"))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_truncated_file(state: State, tmp_path: Path, zipped: bool) -> None:
    stream = io.BytesIO()
    torch.save(state, stream, _use_new_zipfile_serialization=zipped)
    whole, path = stream.getvalue(), tmp_path / "g.pth"
    for length in {0, 1, 3, 10, 100, 1000, len(whole) // 3, len(whole) // 2, len(whole) - 100, len(whole) - 1}:
        path.write_bytes(whole[:length])
        assert "cannot be read as a file of tensors" in refusal(path), length


def test_bytes_that_are_something_else(tmp_path: Path) -> None:
    draw = random.Random(0)
    contents = [b"<html>not found</html>", b'{"a": 1}', b"\x89PNG\r\n\x1a\n" + bytes(50), b"PK\x03\x04" + bytes(90)]
    contents += [draw.randbytes(length) for length in (1, 10, 100, 1000) for _ in range(25)]
    contents += [b"\x80\x02" + draw.randbytes(length) for length in (5, 50) for _ in range(50)]  # begins as a pickle
    for content in contents:
        (tmp_path / "g.pth").write_bytes(content)
        assert "cannot be read as a file of tensors" in refusal(tmp_path / "g.pth"), content


class Malicious:
    """Runs code where a pickle is trusted."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return (Path.write_text, (self.witness, "executed"))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_with_code_is_refused_and_not_run(tmp_path: Path, zipped: bool) -> None:
    witness = tmp_path / "witness"
    torch.save({"weight": Malicious(witness)}, tmp_path / "g.pth", _use_new_zipfile_serialization=zipped)
    assert "cannot be read" in refusal(tmp_path / "g.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Malicious(witness), protocol=2))
    assert "cannot be read" in refusal(tmp_path / "plain.pth")
    assert not witness.exists()


def test_a_digest_is_of_the_values_and_not_of_the_file(state: State, tmp_path: Path) -> None:
    digest = generators.state_digest(state)
    assert digest == generators.state_digest(dict(reversed(state.items())))
    assert digest == generators.state_digest(generators.read_state(save(state, tmp_path / "g.pth")))
    changed = {**state, "conv_img.bias": state["conv_img.bias"] + 1e-6}
    renamed = {("renamed" if key == "conv_img.bias" else key): value for key, value in state.items()}
    reshaped = {**state, "conv_img.bias": state["conv_img.bias"][None]}
    retyped = {**state, "conv_img.bias": state["conv_img.bias"].double()}
    digests = {generators.state_digest(other) for other in (changed, renamed, reshaped, retyped)}
    assert len(digests | {digest}) == 5
