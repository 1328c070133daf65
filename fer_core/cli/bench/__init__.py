"""`fer bench`: how fast things are on this machine. A bench is a file here with a function of the same name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from fer_core.cli.answers import Answer
from fer_core.cli.harness import command, group

BENCHES = tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
"""Each a file here; `fer_core.benchmarks` measures."""

_RUN = {name: getattr(importlib.import_module(f"{__name__}.{name}"), name) for name in BENCHES}

# After the benches were imported: the file of the one called app would take this name.
app = group("How fast things are on this machine, beside a reference workload. Without a name: all benches.", "all")

for _function in _RUN.values():
    command(app)(_function)


@command(app, "all")
def run_all() -> Answer:
    """Run every bench as it runs without options, one after another."""
    answers = {name: _unless_missing(run) for name, run in _RUN.items()}
    text = "\n\n".join(f"{name}: {answer.text}" for name, answer in answers.items())
    return Answer({name: answer.document for name, answer in answers.items()}, text)


def _unless_missing(run: Callable[[], Answer]) -> Answer:
    # One needs a browser: the others need not wait for it.
    try:
        return run()
    except FileNotFoundError as error:
        return Answer({"left_out": str(error)}, f"left out, {error}")
