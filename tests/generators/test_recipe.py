import dataclasses

import pytest

from generators import GeneratorError, Recipe

EPOCHS = Recipe(
    source="test", loss_weights={"gan": 1.0}, batch_size=4, epochs=100, decay_epochs=100, lr_g=1, lr_d=1, betas=(0, 0.9)
)
STEPS = dataclasses.replace(EPOCHS, epochs=0, decay_epochs=0, steps=6, decay_steps=4)


def test_epochs_become_steps_of_whole_batches() -> None:
    resolved = EPOCHS.resolved(11)  # two batches of 4; the last 3 samples are dropped
    assert (resolved.epochs, resolved.decay_epochs, resolved.steps, resolved.decay_steps) == (0, 0, 200, 200)
    assert resolved.total_steps == 400
    assert dataclasses.replace(resolved, epochs=100, decay_epochs=100, steps=0, decay_steps=0) == EPOCHS


def test_an_epoch_has_at_least_one_step() -> None:
    assert EPOCHS.resolved(3).total_steps == 200


def test_steps_stay_steps() -> None:
    assert STEPS.resolved(1000) is STEPS
    assert STEPS.total_steps == 10


def test_the_rate_is_constant_for_100_epochs_then_falls_to_zero() -> None:
    per_epoch = 7
    recipe = EPOCHS.resolved(4 * per_epoch)
    by_epoch = [recipe.lr_factor(epoch * per_epoch, per_epoch) for epoch in range(200)]
    assert by_epoch[:100] == [1.0] * 100
    assert by_epoch[100] == 1.0  # the official code lowers it for the first time after the first epoch of the decay
    assert by_epoch[101:] == pytest.approx([1 - k / 100 for k in range(1, 100)])
    assert by_epoch[199] == pytest.approx(0.01)
    for epoch in (0, 99, 100, 101, 199):  # and it is constant within an epoch
        within = {recipe.lr_factor(epoch * per_epoch + step, per_epoch) for step in range(per_epoch)}
        assert within == {by_epoch[epoch]}


def test_the_rate_of_a_recipe_in_steps() -> None:
    assert [STEPS.lr_factor(step) for step in range(10)] == pytest.approx([1, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_without_decay_the_rate_stays() -> None:
    recipe = dataclasses.replace(STEPS, decay_steps=0)
    assert {recipe.lr_factor(step) for step in range(20)} == {1.0}


@pytest.mark.parametrize(
    "change", [{"steps": -1}, {"batch_size": 0}, {"epochs": 1}, {"decay_epochs": 1}], ids=lambda c: next(iter(c))
)
def test_an_impossible_recipe_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(GeneratorError, match="recipe"):
        dataclasses.replace(STEPS, **change)


def test_a_recipe_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        STEPS.steps = 3  # type: ignore[misc]


def test_a_table_of_rates() -> None:
    recipe = dataclasses.replace(
        EPOCHS, epochs=4, decay_epochs=0, lr_g=1e-2, lr_table=((1, 1e-4, 2.0), (4, 1e-3, 1.0), (6, 5e-5, 1.0))
    )
    rates = [recipe.lr_g * recipe.lr_factor(step, per_epoch=2) for step in range(14)]
    by_epoch = [1e-4, 2e-4, 4e-4, 1e-3, 1e-3, 5e-5, 5e-5]
    assert rates == pytest.approx([rate for rate in by_epoch for _ in range(2)])


@pytest.mark.parametrize(
    "table", [((2, 1e-4, 1.0),), ((1, 1e-4, 1.0), (1, 1e-3, 1.0)), ((1, 1e-4, 1.0), (0, 1e-3, 1.0))]
)
def test_an_impossible_table_is_refused(table: tuple[tuple[int, float, float], ...]) -> None:
    with pytest.raises(GeneratorError, match="rising epochs from 1 on"):
        dataclasses.replace(EPOCHS, decay_epochs=0, lr_table=table)


def test_a_table_and_a_decay_are_refused() -> None:
    with pytest.raises(GeneratorError, match="not both"):
        dataclasses.replace(STEPS, lr_table=((1, 1e-4, 1.0),))


def test_a_recipe_states_later_fields_only_where_they_say_something() -> None:
    assert "lr_table" not in STEPS.stated()
    assert STEPS.stated()["ema_decay"] is None  # recipes have had this field from the first
    changed = dataclasses.replace(STEPS, decay_steps=0, lr_table=((1, 1e-4, 1.0),))
    assert changed.stated()["lr_table"] == ((1, 1e-4, 1.0),)


def test_what_excludes_each_other_is_refused() -> None:
    first = dataclasses.replace(STEPS, discriminator_first=True, fresh_fakes=False)
    assert first.stated()["discriminator_first"] is True
    assert not {"discriminator_first", "load_size", "crop_from"} & STEPS.stated().keys()  # old runs keep their identity
    with pytest.raises(GeneratorError, match="no fresh fakes"):
        dataclasses.replace(first, fresh_fakes=True)
    with pytest.raises(GeneratorError, match="offset 0 or 1 on; got 2"):
        dataclasses.replace(STEPS, crop_from=2)


def test_the_rate_of_pix2pix_falls_from_the_last_full_epoch_on_and_ends_at_zero() -> None:
    per_epoch = 3
    recipe = dataclasses.replace(EPOCHS, epochs=20, decay_epochs=15, decay="pix2pix").resolved(4 * per_epoch)
    by_epoch = [recipe.lr_factor(epoch * per_epoch, per_epoch) for epoch in range(35)]
    assert by_epoch[:19] == [1.0] * 19
    assert by_epoch[19:] == pytest.approx([1 - k / 16 for k in range(1, 17)])
    assert by_epoch[34] == 0
    assert recipe.lr_factor(20 * per_epoch - 1, per_epoch) == by_epoch[19]


def test_the_rate_drops_every_so_many_steps() -> None:
    recipe = dataclasses.replace(STEPS, decay_steps=0, lr_drop=(3, 0.5))
    assert [recipe.lr_factor(step, per_epoch=2) for step in range(7)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    both = dataclasses.replace(STEPS, lr_drop=(8, 0.5))
    assert [both.lr_factor(step) for step in (0, 7, 8)] == pytest.approx([1, 0.75, 0.25])
