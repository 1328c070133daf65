"""The training loop: it knows views, an objective and a schedule, and nothing of any paper."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from tqdm import tqdm

from fer_core import metrics
from fer_core.assembly import Model, build_loss, build_mixing, build_model, build_penalty, without_start
from fer_core.batches import cuts, planned
from fer_core.catalogue import OPTIMISERS, SCHEDULES
from fer_core.contracts import Blend, Loss, Mixing, PassPlan
from fer_core.data.landmarks import landmarks_of
from fer_core.data.preparation import Prepared
from fer_core.data.resident import ResidentPictures
from fer_core.data.store import Pixels
from fer_core.losses import soft_cross_entropy
from fer_core.memory import said_plainly
from fer_core.mixing.compose import compose
from fer_core.objective import Objective
from fer_core.pairs import keep_pairs
from fer_core.progress import Progress
from fer_core.recipe import Recipe
from fer_core.runs import Run, write_text
from fer_core.schedules import Position
from fer_core.seeds import DROPOUT, MIXING, PAIRS, TRANSFORMS, stream, torch_seed
from fer_core.steps import take_step
from fer_core.weights import load_resume, save_resume, save_weights


@dataclass(frozen=True)
class Parts:
    """What a training moves, built before anything is written: whatever does not fit is told without a trace."""

    model: Model
    loss: Loss
    mixing: Mixing
    added: Blend | None
    """Rows that the mixing adds to the training pictures."""
    penalty: nn.Module | None


def assemble(recipe: Recipe, prepared: Prepared, resumed: bool) -> Parts:
    """The parts of a training.

    Args:
        recipe: What to train.
        prepared: Which rows are learned from.
        resumed: The weights come from a resume file; what the training once began from need not be there any more.

    Raises:
        FileNotFoundError: the weights or the run to begin from are not there.
        ValueError: they do not fit, or the mixing finds no pairs in the data.
    """
    model = build_model(without_start(recipe) if resumed else recipe)
    mixing = build_mixing(recipe)
    added = mixing.pairs(stream(recipe.seed, PAIRS), prepared.table.iloc[prepared.train])
    return Parts(model, build_loss(recipe), mixing, added, build_penalty(recipe, model))


def learn(
    recipe: Recipe,
    run: Run,
    pixels: Pixels,
    prepared: Prepared,
    parts: Parts,
    device: torch.device,
    frozen: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Trains epoch by epoch; leaves ``history.csv``, ``weights.safetensors`` and the best epoch in the run.

    The resume file is written after every epoch. Every random stream is derived from seed, name and epoch, so an epoch
    drawn after a resume is the epoch an uninterrupted run draws.

    Args:
        recipe: What to train.
        run: Where to write; its resume file, if there is one, is gone on with.
        pixels: ``(N, S, S)`` or ``(N, S, S, 3)`` uint8, all samples of the data set.
        prepared: Which rows are learned from and validated on.
        parts: From `assemble`; the model is trained in place.
        device: Where to train.
        frozen: ``(N, D)`` of each frozen space, row for row with ``pixels``; see `identity.frozen_features`.

    Raises:
        ValueError: memory does not suffice (the sentence names a batch size that fits), or the loss is no number.
    """
    plan = recipe.optimisation

    learned = prepared.table.iloc[prepared.train]
    places, known = landmarks_of(learned, recipe.preprocessing)
    run.update(landmarks=known)

    def resident(rows: np.ndarray, **changed: Any) -> ResidentPictures:
        known = {name: one[rows] for name, one in (frozen or {}).items()}
        return ResidentPictures(
            pixels[rows], prepared.targets[rows], recipe.preprocessing, device, frozen=known, **changed
        )

    pictures = resident(prepared.train, augmentation=recipe.augmentation, landmarks=places)
    watched = resident(prepared.validation)
    model, mixing = parts.model.to(device), parts.mixing
    objective = Objective(model, parts.loss, parts.penalty).to(device)
    optimiser = OPTIMISERS.build_with(recipe.optimiser, objective.learned())
    schedule = SCHEDULES.build(recipe.schedule)
    lr = recipe.optimiser.options.lr
    pool = Blend.plain(np.arange(len(pictures)))
    if parts.added is not None:
        pool = pool.join(keep_pairs(run, parts.added, learned["path"].tolist()))
    each = len(cuts(len(pool), plan.batch_size)) + 1
    total = plan.steps or plan.epochs * each
    epochs = -(-total // each)
    progress, best = _resume(run, objective, optimiser)
    autocast = torch.autocast(device.type, dtype=torch.bfloat16, enabled=plan.precision == "bf16")

    def attempt(batch: int) -> None:
        """The most that a step and the validation after it do with batches of this size."""
        rows = pool.take(np.arange(min(batch, len(pool))))
        pictures.begin(stream(recipe.seed, TRANSFORMS))
        model.train()
        take_step(objective, optimiser, compose(_largest(mixing, rows), pictures), plan, device)
        optimiser.zero_grad(set_to_none=True)
        model.eval()
        with torch.no_grad(), autocast:
            largest = np.arange(min(2 * batch, len(watched)))
            model(watched.normalise(watched.images(largest)), watched.frozen(largest))

    with (
        torch.random.fork_rng(devices=[device] if device.type == "cuda" else []),
        said_plainly(plan.batch_size, attempt, device),
    ):
        while progress.epoch < epochs and not (plan.patience and progress.stale() >= plan.patience):
            epoch, began = progress.epoch, time.perf_counter()
            pictures.begin(stream(recipe.seed, TRANSFORMS, epoch))
            torch.manual_seed(torch_seed(recipe.seed, DROPOUT, epoch))
            model.train()
            losses, rate, shown = [], 0.0, 0
            bar = tqdm(
                total=len(pool),
                desc=f"epoch {epoch + 1} of {epochs}",
                unit="picture",
                file=sys.stderr,
                disable=None,
                leave=False,
            )
            for batch in islice(planned(recipe, mixing, pool, epoch), total - progress.step):
                rate = lr * schedule(Position(progress.step, epoch, total, progress.scores))
                for group in optimiser.param_groups:
                    group["lr"] = rate * group.get("speed", 1.0)
                judged, forwarded = take_step(objective, optimiser, compose(batch.plan, pictures), plan, device)
                losses.append(judged)
                shown += forwarded
                progress.step += 1
                bar.update(len(batch.rows))
            bar.close()
            loss = float(torch.stack(losses).mean())
            with autocast:
                seen = validate(model, watched, prepared.labels[prepared.validation], plan.batch_size)
            for what, value in (("loss", loss), ("validation loss", seen["validation_loss"])):
                if not math.isfinite(value):
                    advice = f"lower optimiser.lr (now {lr:g}) or set optimisation.clip_norm"
                    raise ValueError(f"the {what} of epoch {epoch + 1} is {value}; {advice}")
            row = {
                "epoch": epoch + 1,
                "loss": loss,
                "learning_rate": rate,
                **seen,
                "seconds": time.perf_counter() - began,
                "steps": len(losses),
                "pictures": shown,
            }
            score = _score(plan.select, row)
            if not progress.scores or score > max(progress.scores) or plan.select == "last":
                progress.best, best = row, _copy(model)
            progress.scores.append(score)
            progress.history.append(row)
            progress.epoch += 1
            _keep(run, progress, objective, optimiser, best)
            tqdm.write(_line(row, epochs, progress), file=sys.stderr)
    metadata = {
        "labels": list(recipe.labels),
        "preprocessing": recipe.preprocessing.model_dump(mode="json"),
        "recipe": recipe.name,
    }
    save_weights(run.path / "weights.safetensors", best, metadata)
    run.update(best=progress.best, parameters=sum(one.numel() for one in model.parameters()))


@torch.no_grad()
def validate(model: Model, pictures: ResidentPictures, labels: np.ndarray, batch: int) -> dict[str, float]:
    """Validation loss (without smoothing) by the targets, accuracy and macro-F1 by the labels, of one view.

    The model is left in eval mode.

    Args:
        model: With K labels.
        pictures: N of them, not augmented.
        labels: ``(N,)`` class numbers.
        batch: Twice as many go through the network at once.
    """
    model.eval()
    logits: list[Tensor] = []
    for start in range(0, len(pictures), 2 * batch):
        rows = np.arange(start, min(start + 2 * batch, len(pictures)))
        seen = model(pictures.normalise(pictures.images(rows)), pictures.frozen(rows))
        logits.append(model.decide(seen).float())
    answer, targets = torch.cat(logits), pictures.targets(np.arange(len(pictures)))
    confusion = metrics.confusion(labels, answer.argmax(1).cpu().numpy(), answer.shape[1])
    return {
        "validation_loss": float(soft_cross_entropy(answer, targets)),
        "validation_accuracy": metrics.accuracy(confusion),
        "validation_macro_f1": metrics.macro_f1(confusion),
    }


def _largest(mixing: Mixing, rows: Blend) -> tuple[PassPlan, ...]:
    """Of a hundred steps that could be drawn over these rows, the one that shows most pictures."""
    rng = stream(0, MIXING)
    plans = (mixing.plan(rng, rows) for _ in range(100))
    return max(plans, key=lambda plan: sum(len(one.pictures) for one in plan))


def _score(select: str, row: dict[str, float]) -> float:
    return (
        -row["validation_loss"] if select == "loss" else row[f"validation_{'accuracy' if select == 'last' else select}"]
    )


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}


def _resume(run: Run, objective: Objective, optimiser: torch.optim.Optimizer) -> tuple[Progress, dict[str, Tensor]]:
    path = run.path / "resume.pt"
    if not path.is_file():
        return Progress(), {}
    stored = load_resume(path)
    objective.model.load_state_dict(stored["model"])
    objective.penalties.load_state_dict(stored.get("penalties", {}))  # resume files from before penalties have none
    optimiser.load_state_dict(stored["optimiser"])
    return Progress(**stored["progress"]), stored["best"]


def _keep(
    run: Run, progress: Progress, objective: Objective, optimiser: torch.optim.Optimizer, best: dict[str, Tensor]
) -> None:
    state: dict[str, Any] = {
        "progress": asdict(progress),
        "model": _copy(objective.model),
        "penalties": _copy(objective.penalties),
        "optimiser": optimiser.state_dict(),
        "best": best,
    }
    save_resume(run.path / "resume.pt", state)
    write_text(run.path / "history.csv", pd.DataFrame(progress.history).to_csv(index=False))
    run.update(best=progress.best, epochs_done=progress.epoch)


def _line(row: dict[str, float], epochs: int, progress: Progress) -> str:
    minutes = float(np.mean([one["seconds"] for one in progress.history])) * (epochs - progress.epoch) / 60
    return (
        f"epoch {int(row['epoch'])} of {epochs}: loss {row['loss']:.4f}, "
        f"validation accuracy {row['validation_accuracy']:.4f} "
        f"(best {progress.best['validation_accuracy']:.4f}), {row['seconds']:.0f} s, {minutes:.1f} min left at most"
    )
