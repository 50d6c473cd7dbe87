import pytest

import generators
from generators import GeneratorError, Recipe
from generators._base import Generator, Objective
from generators._registry import register


def create(name: str = "spade", **options: object) -> generators.Generator:
    return generators.create(name, num_labels=5, edges=False, size=(32, 32), **{"width": 2, "hidden": 4, **options})


def test_names_match_a_shell_pattern() -> None:
    assert generators.names() == sorted(generators.names())
    assert "lggan" in generators.names("lg*")
    assert "spade" not in generators.names("lg*")
    assert generators.names("x-no-such-*") == []


@pytest.mark.parametrize(
    ("name", "hint"), [("lgan", "closest: 'lggan'"), ("SPADE", "closest: 'spade'"), ("#", "; known: ")]
)
def test_an_unknown_method_answers_with_the_closest(name: str, hint: str) -> None:
    for door in (generators.info, create):
        with pytest.raises(GeneratorError) as caught:
            door(name)
        assert repr(name) in str(caught.value)
        assert hint in str(caught.value)


def test_an_unknown_option_answers_with_the_closest() -> None:
    with pytest.raises(GeneratorError, match="spade has no option 'widht'; closest: 'width'"):
        create(widht=3)
    with pytest.raises(GeneratorError, match=r"lggan has no option '_'; known: edges, hidden, .*width"):
        create("lggan", _=8)


def test_none_is_the_methods_default() -> None:
    given, default = create(upsampling=None), create()
    assert repr(given) == repr(default)


def test_an_unknown_upsampling_is_refused() -> None:
    with pytest.raises(GeneratorError, match="'much' is not one of normal, more, most"):
        create(upsampling="much")


def test_the_largest_upsampling_has_a_block_more() -> None:
    network = generators.create(
        "spade", num_labels=5, edges=False, size=(128, 256), width=2, hidden=4, upsampling="most"
    )
    assert network.get_parameter("conv_img.weight").shape == (3, 1, 3, 3)
    assert any(key.startswith("up_4.") for key in network.state_dict())


def test_a_taken_name_is_refused() -> None:
    info = generators.info("spade")
    with pytest.raises(ValueError, match="'spade' is registered twice"):
        register(
            "spade", title="", task="layout", paper="", conditions=(), recipes=dict[str, Recipe](), objective=Objective
        )(Generator)
    assert generators.info("spade") is info
