"""The steps of a training in which one face meets another: plans of one row, A mixed with B."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import islice

import numpy as np

from fer_core.assembly import build_mixing
from fer_core.catalogue.mixings import PairsOptions
from fer_core.contracts import Blend, PassPlan
from fer_core.recipe import Recipe
from fer_core.seeds import MIXING, stream

STEPS = 10_000
"""So many training steps are looked through for one that mixes A with B: even of a mixing with p_mix 0.01 all but one
seed in 10^21 has one."""

PATTERN_STEPS = 400
"""Steps looked through for different regions: a FERMix triangle of chance 0.02 is missed by one seed in 3,000."""


def plan_of(recipe: Recipe, seed: int = 0, lam: float | None = None) -> PassPlan:
    """A pass of one row: A, row 0, mixed with B, row 1.

    It is taken from the first of the training steps that the seed draws in which A meets B; Cutout needs no B. Of
    planned pairs only lambda is drawn: who is paired was decided by the caller.

    Args:
        recipe: Whose mixing is asked.
        seed: Draws the steps.
        lam: A's share instead of the drawn one, for mixings of whole pictures or features.

    Raises:
        ValueError: the recipe mixes nothing, lam lies outside [0, 1], or the mixing takes its share from a region.
    """
    if lam is not None and not 0 <= lam <= 1:
        raise ValueError(f"lam must lie in [0, 1], got {lam:g}")
    found = next(_steps(recipe, seed, STEPS), None)
    if found is None:
        raise ValueError(
            f"recipe {recipe.name} mixes nothing (mixing: {recipe.mixing.kind}); choose a recipe that mixes"
        )
    if lam is None:
        return found
    blend = found.terms[0].blend
    if blend.partial:
        raise ValueError(
            f"{recipe.mixing.kind} takes its share from the region it replaces; lam is for mixings of whole pictures"
        )
    return with_shares(found, np.array([lam]))


def shares_of(recipe: Recipe, seed: int = 0, most: int = 200) -> np.ndarray:
    """``(L,)`` A's shares in the first steps that a seed draws in which A meets B; the first is that of `plan_of`.

    Args:
        recipe: Whose mixing is asked.
        seed: Draws the steps.
        most: At most so many.
    """
    options = recipe.mixing.options
    if isinstance(options, PairsOptions):
        return stream(seed, MIXING).beta(options.alpha, options.alpha, size=most)
    return np.array([one.terms[0].blend.lam[0] for one in islice(_steps(recipe, seed, STEPS), most)])


def patterns_of(recipe: Recipe, seed: int = 0, most: int = 8) -> tuple[PassPlan, ...]:
    """The first different regions that a seed draws, a pass of one row each, as `plan_of` gives the very first.

    Args:
        recipe: Whose mixing is asked; one of whole pictures has no regions.
        seed: Draws the steps.
        most: At most so many, of at most `PATTERN_STEPS` steps.
    """
    found: dict[bytes, PassPlan] = {}
    for plan in _steps(recipe, seed, PATTERN_STEPS):
        blend = plan.pictures
        drawn = blend.region if blend.region is not None else blend.sides
        if drawn is None or len(found) >= most:
            break
        found.setdefault(drawn.tobytes(), plan)
    return tuple(found.values())


def with_shares(plan: PassPlan, shares: np.ndarray) -> PassPlan:
    """A row for each share instead of the plan's one; a mixing of regions keeps its own and is repeated.

    Args:
        plan: Of one mixed row, from `plan_of`.
        shares: ``(L,)`` of A, in [0, 1].
    """

    def changed(blend: Blend) -> Blend:
        # A pass that shows both faces unmixed stays as it is.
        if not blend.partial and np.array_equal(blend.main, blend.partner):
            return blend
        rows = blend.take(np.zeros(len(shares), dtype=np.int64))
        return rows if blend.partial else dataclasses.replace(rows, lam=shares)

    terms = tuple(dataclasses.replace(term, blend=changed(term.blend)) for term in plan.terms)
    return PassPlan(changed(plan.pictures), terms)


def _steps(recipe: Recipe, seed: int, most: int) -> Iterator[PassPlan]:
    """Of the first ``most`` steps that a seed draws, the passes in which A meets B."""
    mixing, options = build_mixing(recipe), recipe.mixing.options
    if isinstance(options, PairsOptions):
        rng = stream(seed, MIXING)
        pair = Blend(np.array([0]), np.array([1]), rng.beta(options.alpha, options.alpha, size=1))
        yield mixing.plan(rng, pair)[0]
        return
    both = Blend.plain(np.arange(2))
    for step in range(most if recipe.mixing.kind != "none" else 0):
        for one in mixing.plan(stream(seed, MIXING, step), both):
            blend = one.pictures
            if blend.fill is not None or (blend.partner[0] == 1 and blend.lam[0] < 1):
                terms = tuple(dataclasses.replace(term, blend=_first(term.blend)) for term in one.terms)
                yield PassPlan(_first(blend), terms)


def _first(blend: Blend) -> Blend:
    return blend.take(np.array([0]))
