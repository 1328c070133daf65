"""Out of memory, said plainly: one sentence with a batch size that fits."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

Attempt = Callable[[int], None]
"""Does with a batch of so many rows whatever a training does, and keeps nothing."""


@contextmanager
def said_plainly(batch: int, attempt: Attempt, device: torch.device) -> Iterator[None]:
    """Turns an out-of-memory error of the block into a sentence.

    Args:
        batch: The block's batch size.
        attempt: Tries a smaller one.
        device: Where the block works.

    Raises:
        ValueError: memory did not suffice; names the largest halving of the batch size whose step fits.
    """
    try:
        yield
        return
    except (MemoryError, RuntimeError) as error:
        if not _is_memory(error):
            raise
    # The failed step's tensors die with the exception above; only then can a smaller step be tried.
    release(device)
    fits = largest_batch(attempt, batch // 2, device)
    advice = (
        f"set optimisation.batch_size to {fits}, which fits here"
        if fits
        else "even a batch of 2 does not fit: choose a smaller backbone or preprocessing.size"
    )
    raise ValueError(f"out of memory on {device} with batches of {batch}; {advice}")


def largest_batch(attempt: Attempt, start: int, device: torch.device) -> int | None:
    """The largest of ``start``, ``start / 2`` ... that can be attempted; None where not even 2 can.

    Args:
        attempt: Raises an out-of-memory error where a batch is too large.
        start: The first batch size tried.
        device: Where.
    """
    batch = start
    while batch >= 2:
        try:
            attempt(batch)
            return batch
        except (MemoryError, RuntimeError) as error:
            if not _is_memory(error):
                raise
            batch //= 2
        finally:
            release(device)
    return None


def release(device: torch.device) -> None:
    """Gives back what nothing refers to any more."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _is_memory(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error)
    return "can't allocate memory" in text or "not enough memory" in text or "out of memory" in text.lower()
