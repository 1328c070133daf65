"""Who performs the jobs of a sweep: processes on this machine, or a Ray cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from fer_core.grid import Job
from fer_core.sweep.performing import Setting, perform

Engine = Callable[[Sequence[Job], Setting, int], Iterator[tuple[Job, str | None]]]
"""Jobs, setting, runs at once -> each job as it ends, with a sentence where it failed."""


def local(jobs: Sequence[Job], setting: Setting, workers: int) -> Iterator[tuple[Job, str | None]]:
    """Processes on this machine; when the caller stops, they stop."""
    children: set[subprocess.Popen[str]] = set()
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(perform, job, setting, children): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:  # stopped: the runs stop with the sweep and resume with it
            for future in futures:
                future.cancel()
            for child in list(children):
                child.terminate()
            raise


def on_ray(jobs: Sequence[Job], setting: Setting, workers: int) -> Iterator[tuple[Job, str | None]]:
    """Tasks on a Ray cluster, whose machines share the sweep's folder and the data.

    Raises:
        ValueError: ray is not installed.
    """
    try:
        import ray
    except ImportError:
        raise ValueError("the engine ray needs the extra 'cluster': pip install 'facial-state-lab[cluster]'") from None
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    there = float(ray.cluster_resources().get("GPU", 0))
    gpus = 0.0 if setting.device == "cpu" else min(1.0, there / workers)  # a task that asks for none sees none
    remote = ray.remote(num_cpus=setting.threads, num_gpus=gpus, max_retries=0)(perform)
    waiting = {remote.remote(job, setting): job for job in jobs}
    while waiting:
        ended, _ = ray.wait(list(waiting), num_returns=1)
        job = waiting.pop(ended[0])
        try:
            yield job, ray.get(ended[0])
        except ray.exceptions.RayError as error:
            yield job, f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


ENGINES: Mapping[str, Engine] = {"local": local, "ray": on_ray}
