"""One job of a grid: a training in a process of its own, then its accuracy under disturbances."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from fer_core.grid import Job
from fer_core.runs import Run, write_text


@dataclass(frozen=True)
class Setting:
    """How the runs of a sweep are made; the same for all of them."""

    out: Path
    data: str | None = None
    device: str = "auto"
    threads: int = 1
    """CPU threads of each run."""

    def run_path(self, job: Job) -> Path:
        """Where a job's run lies."""
        return self.out / "runs" / job.folder


def perform(job: Job, setting: Setting, children: set[subprocess.Popen[str]] | None = None) -> str | None:
    """Trains one job in a process of its own, and judges it under disturbances where the grid asks for that.

    A run that a process left behind by a killed sweep still trains is waited for.

    Args:
        job: What to train.
        setting: Where and how.
        children: Takes the processes while they run, so that they can be stopped.

    Returns:
        None, or why it failed.
    """
    path = setting.run_path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    while (path / "run.json").is_file() and Run(path).status == "running":
        time.sleep(2)
    recipe = path.with_name(f"{path.name}.yaml")
    write_text(recipe, job.recipe.dump())
    data = setting.data or job.data
    train = ["train", str(recipe), "--out", str(path), "--resume", "--device", setting.device]
    train += ["--threads", str(setting.threads), *(["--data", data] if data else [])]
    failure = _fer(train, path.with_name(f"{path.name}.log"), setting, children)
    if failure is None and job.robustness is not None and not (path / "robustness.parquet").is_file():
        failure = _fer(_disturb(job, path, data), path.with_name(f"{path.name}.log"), setting, children)
    return failure


def _disturb(job: Job, path: Path, data: str | None) -> list[str]:
    wish = job.robustness
    if wish is None:
        return []
    source = data or str(Run(path).info["data"]["source"])
    split = "test" if "test" in Run(path).evaluated else "validation"
    words = ["robustness", str(path), "--data", source, "--split", split, "--limit", str(wish.limit)]
    words += ["--faces", str(Run(path).preprocessing["faces"])]
    return [*words, "--seed", str(wish.seed), "--store", *(["--kinds", ",".join(wish.kinds)] if wish.kinds else [])]


def _fer(
    arguments: list[str], record: Path, setting: Setting, children: set[subprocess.Popen[str]] | None
) -> str | None:
    """Runs one command; its stderr is kept beside the run, and its last sentence is the failure."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(setting.threads)}
    with record.open("a", encoding="utf-8") as kept:
        child = subprocess.Popen(
            [sys.executable, "-m", "fer_core", *arguments, "--json"], env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=kept,
        )  # fmt: skip
        if children is not None:
            children.add(child)
        try:
            code = child.wait()
        finally:
            if children is not None:
                children.discard(child)
    if code == 0:
        return None
    if code < 0:
        return f"killed by signal {-code}; called again, the sweep goes on with it"
    said = [line for line in record.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return said[-1].removeprefix("fer: ") if said else f"ended with code {code}"
