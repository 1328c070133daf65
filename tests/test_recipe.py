from __future__ import annotations

import pytest
import yaml

from fer_core.recipe import RecipeError, check_recipe, load_recipe, recipe_names


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_loads_and_dumps_to_itself(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert check_recipe(yaml.safe_load(recipe.dump())) == recipe


def test_all_mistakes_are_reported_at_once_with_suggestions():
    with pytest.raises(RecipeError) as caught:
        check_recipe(
            {
                "bakbone": "compact",
                "backbone": {"kind": "compct"},
                "mixing": {"kind": "mixup", "alfa": 2},
                "optimisation": {"epochs": 0, "batchsize": 3},
                "data": {"labels": ["happy", "Happiness"]},
                "preprocessing": {"framing": "fer2031"},
                "seed": -1,
            },
            "wrong.yaml",
        )
    mistakes = caught.value.mistakes
    wanted = [
        "did you mean 'backbone'",
        "did you mean 'compact'",
        "'mixing.alfa'; did you mean 'alpha'",
        "optimisation.epochs: input should be greater than or equal to 1, got 0",
        "did you mean 'batch_size'",
        "happiness more than once",
        "did you mean 'fer2013'",
        "seed must be a whole number",
    ]
    for one in wanted:
        assert any(one in mistake for mistake in mistakes), (one, mistakes)
    assert len(mistakes) == len(wanted)
    assert "8 mistakes" in str(caught.value)


def test_set_overrides_and_another_part_starts_from_its_own_defaults():
    recipe = load_recipe(
        "expression", ["mixing.kind=mixup", "mixing.alpha=0.4", "optimiser.kind=radam", "optimisation.epochs=3"]
    )
    assert recipe.mixing.options.alpha == 0.4
    assert recipe.optimiser.kind == "radam" and recipe.optimiser.options.lr == 1e-3
    assert recipe.optimisation.epochs == 3


@pytest.mark.parametrize("override", ["optimisation.epochs", "=3", "optimisation..epochs=3", "name={"])
def test_a_malformed_override_is_a_mistake_of_the_recipe(override):
    with pytest.raises(RecipeError, match="--set"):
        load_recipe("expression", [override])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["optimisation.patience=3"], "onecycle"),
        (["schedule.kind=plateau", "optimisation.select=last"], "watches no validation"),
        (["backbone.widths=[8, 16]"], "same stages"),
        (["preprocessing.std=[0, 1, 1]"], "std must be > 0"),
        (["optimiser.lr=.nan"], "finite"),
        (["data.labels=[joy]"], "at least two labels"),
        (["data.labels=expresions"], "did you mean 'expressions'"),
        (["mixing=5"], "must name a part"),
        (["optimiser.kind=sgd", "optimiser.momentum=0", "optimiser.nesterov=true"], "set momentum above 0"),
        (["head.space=v_fase"], "head.space: backbone compact returns no space 'v_fase'; did you mean 'v_face'"),
        (["mixing.kind=pairs"], "mixing.at: the head does not read 'v_state'"),
        (["data.balance=class", "data.balance_splits=[]"], "data.balance_splits: .* at least 1 item"),
    ],
)
def test_what_no_section_allows(changes, sentence):
    with pytest.raises(RecipeError, match=sentence):
        load_recipe("expression", changes)


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="did you mean 'expression'"):
        load_recipe("expresion")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [1\nb: }")
    with pytest.raises(RecipeError, match="not YAML"):
        load_recipe(broken)
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="not YAML"):
        load_recipe(broken)
    broken.write_text("- 1\n- 2\n")
    with pytest.raises(RecipeError, match="mapping of sections"):
        load_recipe(broken)
