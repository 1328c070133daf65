"""The `fer` command: every file in this folder but `harness.py` and `answers.py` is one command or a group.

A command file is imported when its command is called or listed, and imports the heavy rooms (torch, pandas) inside its
functions, so that `fer --help` and the commands that need no model answer at once. How to write one: `harness.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code.

    0 done, 2 a mistake of the caller, 1 a bug or failed work, 130 stopped.

    Args:
        arguments: What stands behind `fer`; None takes the process's own.
    """
    from fer_core.cli.harness import run_command_line

    return run_command_line(list(sys.argv[1:] if arguments is None else arguments))
