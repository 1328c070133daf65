"""Planned pairs: mixed samples that are added to the training set once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fer_core.catalogue.mixings import PairsOptions
from fer_core.contracts import Blend, PassPlan, TermPlan
from fer_core.mixing.batch import one_pass

if TYPE_CHECKING:
    import pandas as pd


class PlannedPairs:
    """Mixup only between neighbouring states, of the same or of other people; the mixed samples join the plain ones.

    "The training data is augmented by generating a mixture of two images with different labels", Asleep-Drowsy and
    Drowsy-Awake; lam ~ Beta(a, a) for each pair. At ``image`` V_id is mixed with the same lam of the unmixed pictures,
    not normalised again; at ``v_state`` both V_state are computed apart and then mixed.

    Paper: Asaeda and Takemura 2025 (paper A), sections 3.1 to 3.3 and 4.2.2, eq. 2 and 3, Fig. 5.
    Departs: half of the pairs for each pair of states, a picture no second time before every other that has a partner
        was drawn once, and partners evenly among those there are: the paper does not say.
    """

    name = "pairs"

    def __init__(self, options: PairsOptions) -> None:
        self.options = options

    def pairs(self, rng: np.random.Generator, table: pd.DataFrame) -> Blend:
        """The added rows: they depend on the generator and on every option but ``at``.

        Args:
            rng: Draws rows, then lambdas.
            table: The N training samples, undersampled where the recipe does so; ``label`` and ``subject`` are read.

        Raises:
            ValueError: no pair can be drawn; says why.
        """
        options = self.options
        labels, subjects = table["label"].to_numpy(dtype=object), _subjects(table)
        wanted = round(options.share * len(table))
        if not wanted:
            raise ValueError(f"a share of {options.share:g} of {len(table)} training pictures adds no pair; raise it")
        main, partner = [], []
        for place, (first, second) in enumerate(options.between):
            count = wanted // len(options.between) + (place < wanted % len(options.between))
            rows = [np.flatnonzero((labels == label) & (subjects >= 0)) for label in (first, second)]
            for label, found in zip((first, second), rows, strict=True):
                if not len(found):
                    raise ValueError(
                        f"no pair of {first} and {second}: no training picture of {label} names its subject"
                    )
            one, other = self._draw(rng, rows[0], rows[1], subjects, count, f"{first} and {second}")
            main.append(one)
            partner.append(other)
        lam = rng.beta(options.alpha, options.alpha, size=wanted)
        return Blend(np.concatenate(main), np.concatenate(partner), lam)

    def plan(self, rng: np.random.Generator, rows: Blend) -> tuple[PassPlan, ...]:
        """One pass over plain and added rows together; at ``v_state`` it shows both pictures of every pair, unmixed."""
        if self.options.at == "image":
            return (one_pass("main", 1.0, rows),)
        shown = Blend.plain(np.unique(np.concatenate([rows.main, rows.partner])))
        return (PassPlan(shown, (TermPlan("main", 1.0, rows, at=self.options.at),)),)

    def _draw(
        self,
        rng: np.random.Generator,
        first: np.ndarray,
        second: np.ndarray,
        subjects: np.ndarray,
        count: int,
        named: str,
    ) -> tuple[np.ndarray, np.ndarray]:
        """``count`` rows of ``first`` and their partners of ``second``."""
        second = second[np.argsort(subjects[second], kind="stable")]
        begin, end = (np.searchsorted(subjects[second], subjects[first], side=side) for side in ("left", "right"))
        same = self.options.partners == "same"
        choices = end - begin if same else len(second) - (end - begin)
        if not choices.any():
            who = "one person shows both" if same else "two people show one each"
            raise ValueError(f"no pair of {named} with partners of the {self.options.partners} person: nowhere {who}")
        rounds = max(1, -(-count // int((choices > 0).sum())))
        drawn = np.concatenate([rng.permutation(np.flatnonzero(choices > 0)) for _ in range(rounds)])[:count]
        place = rng.integers(choices[drawn])
        # Partners of one person stand together: count from its first one, or jump over them.
        place = place + begin[drawn] if same else np.where(place < begin[drawn], place, place + (end - begin)[drawn])
        return first[drawn], second[place]


def _subjects(table: pd.DataFrame) -> np.ndarray:
    """``(N,)`` numbers of the people, -1 where nobody is named.

    Raises:
        ValueError: the data names no subjects at all.
    """
    named = table.get("subject")
    if named is None or named.isna().all():
        raise ValueError("pairs of the same or of other people need a column 'subject', and this data names nobody")
    words = named.astype(object).where(named.notna(), "")
    _, numbers = np.unique(words.astype(str).to_numpy(dtype=str), return_inverse=True)
    return np.where(named.notna().to_numpy(), numbers, -1)
