"""What ARCHITECTURE and STYLE promise of every file, checked on all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
FILES = sorted(path for folder in ("fer_core", "app", "tests") for path in (REPOSITORY / folder).rglob("*.py"))
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "core"}
LONGEST = 300

# Room -> all it may import; everything else is refused, also what nobody thought of yet.
MAY_IMPORT = {
    "fer_core.metrics": {"numpy"},
    "fer_core.mixing": {"numpy", "fer_core.contracts", "fer_core.catalogue"},
    "fer_core.contracts": {"numpy"},
    "fer_core.labels": {"numpy"},
}


def where(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(REPOSITORY)) for path in paths]


def test_the_import_contracts_hold() -> None:
    # In a process of its own: it switches off the loggers of whoever calls it.
    words = ["from importlinter.cli import lint_imports_command as run; run()", "--no-cache", "--no-logo"]
    done = subprocess.run([sys.executable, "-c", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_the_pure_rooms_import_nothing_else(room: str) -> None:
    import grimp

    graph = grimp.build_graph("fer_core", include_external_packages=True, exclude_type_checking_imports=True)
    inside = {room} | graph.find_descendants(room)
    imported = {target for module in inside for target in graph.find_modules_directly_imported_by(module)} - inside
    rooms = {".".join(target.split(".")[:2]) if target.startswith("fer_core.") else target for target in imported}
    assert {name for name in rooms if name.split(".")[0] not in sys.stdlib_module_names} <= MAY_IMPORT[room]


def test_no_file_is_longer_than_one_sitting() -> None:
    assert where([path for path in FILES if len(path.read_text().splitlines()) > LONGEST]) == []


def test_every_name_says_what_is_inside() -> None:
    parts = [path for path in FILES if NAMES_THAT_SAY_NOTHING & {*path.relative_to(REPOSITORY).parts, path.stem}]
    assert where(parts) == []


def test_lint_annotations_and_docstrings() -> None:
    """Ruff's rules D and ANN stand for "every public name is documented and annotated"; mypy checks the annotations."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "."],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


TORCH_FREE = """
import sys, io, contextlib
import fer_core
from fer_core import contracts, labels, metrics, pictures, recipe, runs, tables
from fer_core.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    codes = [main(line.split()) for line in ("--help", "runs --json", "recipes", "published --json", "calibrate eyes")]
heavy = {"torch", "torchvision", "facenet_pytorch", "streamlit", "sklearn", "matplotlib"} & set(sys.modules)
sys.exit(f"codes {codes}, imported {sorted(heavy)}" if heavy or any(codes) else 0)
"""


def test_what_needs_no_model_opens_without_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TORCH_FREE], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr


def test_importing_the_package_loads_nothing() -> None:
    code = "import sys, fer_core; sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'torch', 'typer')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=REPOSITORY).returncode == 0
