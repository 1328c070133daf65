"""A run whose frozen part is missing or another one does not predict, and says so without torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fer_core.assembly import build_model, load_model
from fer_core.pretrained.frozen import frozen_part
from fer_core.pretrained.importing import import_weights
from fer_core.recipe import check_recipe
from fer_core.runs import Run, create_run
from fer_core.weights import load_weights, save_weights
from tests.pretrained.conftest import ROW

RECIPE = {"backbone": {"kind": "compact", "stem": 4, "widths": [4], "blocks": [1]}, "data": {"labels": "expressions"}}


@pytest.fixture
def run(home, published, tmp_path) -> Run:
    """A finished run that needs the store's file."""
    recipe = check_recipe(RECIPE, "r")
    part = frozen_part(import_weights(ROW, published))
    about = {"status": "finished", "labels": list(recipe.labels), "preprocessing": recipe.preprocessing.model_dump()}
    made = create_run(tmp_path / "run", recipe.dump(), {**about, "frozen": {"v_id": part}})
    save_weights(made.path / "weights.safetensors", build_model(recipe).state_dict(), {})
    return made


def test_with_its_part_it_predicts(run, home) -> None:
    (path,) = home.iterdir()
    assert run.info["frozen"]["v_id"]["file"] == path.name and len(run.info["frozen"]["v_id"]["sha256"]) == 64
    assert run.usable and load_model(run)


def test_without_its_part_it_refuses(run, home) -> None:
    (path,) = home.iterdir()
    path.unlink()
    cure = "get them with: fer weights import compact-toys FILE"
    assert run.why_not == f"its frozen part v_id ({path.name}) is not on this machine; {cure}"
    with pytest.raises(ValueError, match="run run cannot be used: its frozen part v_id"):
        load_model(run)


@pytest.mark.parametrize("frozen", [[1], {"v_id": "facenet"}])
def test_a_damaged_list_of_parts_refuses(run, home, frozen) -> None:
    run.update(frozen=frozen)
    assert "does not name its frozen parts" in str(run.why_not)


def test_the_same_weights_imported_again_elsewhere_serve(run, home, published) -> None:
    (path,) = home.iterdir()
    state, metadata = load_weights(path)
    path.unlink()
    save_weights(path, dict(reversed(state.items())), {**metadata, "imported": "later"}, half=False)
    assert load_model(run)
    path.unlink()
    assert import_weights(ROW, published) == path and load_model(run)


def test_another_part_refuses(run, home) -> None:
    part = run.info["frozen"]["v_id"]
    run.update(frozen={"v_id": {**part, "sha256": "0" * 64}})
    assert "is another one than it was trained with: SHA-256" in str(run.why_not)


def test_a_changed_part_is_found_when_the_model_is_loaded(run, home) -> None:
    (path,) = home.iterdir()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert run.usable  # nobody reads 100 MB to draw a list of runs
    with pytest.raises(ValueError, match="run run cannot be used: its frozen part v_id .* is another one"):
        load_model(run)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="is another one"):
        load_model(run)


def test_asking_needs_no_torch(run, home) -> None:
    code = (
        "import sys; from pathlib import Path; from fer_core.runs import Run\n"
        f"sys.exit(Run(Path({str(run.path)!r})).why_not or ('torch' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
