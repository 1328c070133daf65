"""Out of memory, said plainly: one sentence with a batch size that fits."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from fer_core.objective import Objective
from fer_core.recipe import Recipe


@contextmanager
def said_plainly(recipe: Recipe, objective: Objective, device: torch.device) -> Iterator[None]:
    """Turns an out-of-memory error of the block into a sentence.

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
    objective.zero_grad(set_to_none=True)
    release(device)
    size = recipe.optimisation.batch_size
    fits = largest_batch(
        objective.model, recipe.preprocessing.size, size // 2, device, recipe.optimisation.precision == "bf16"
    )
    advice = (
        f"set optimisation.batch_size to {fits}, which fits here"
        if fits
        else "even a batch of 2 does not fit: choose a smaller backbone or preprocessing.size"
    )
    raise ValueError(f"out of memory on {device} with batches of {size}; {advice}")


def largest_batch(model: torch.nn.Module, size: int, start: int, device: torch.device, bf16: bool) -> int | None:
    """The largest of ``start``, ``start / 2`` ... whose forward and backward pass fit; None where not even 2 does.

    Args:
        model: Has named logits.
        size: Rows and columns of a picture.
        start: The first batch size tried.
        device: Where.
        bf16: Under autocast.
    """
    batch = start
    while batch >= 2:
        try:
            images = torch.zeros(batch, 3, size, size, device=device).contiguous(memory_format=torch.channels_last)
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
                total = torch.stack([one.float().sum() for one in model(images).values()]).sum()
            total.backward()
            return batch
        except (MemoryError, RuntimeError) as error:
            if not _is_memory(error):
                raise
            batch //= 2
        finally:
            model.zero_grad(set_to_none=True)
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
