"""Start a training, a cross-validation or a sweep: the form, all its mistakes at once, and the command it makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import markup
from app.components import choice, mishap, recipe_form
from app.services import recipe_form as schema
from app.services import trainings
from app.services.trainings import Plan

OWN = "a grid of my own"
NOTHING = "nothing"
NAME = "job_name"
_MISTAKE = "job_start.mistake"
_SEEDS, _FIRST, _SECOND = "sweep_seeds", "sweep_first", "sweep_second"


def show(key: str) -> None:
    """Draws the form.

    Args:
        key: Begins every session key used here.
    """
    what = choice.switch("job_kind", "What", list(trainings.KINDS), bare=True)
    with mishap.shown():
        kind = trainings.KINDS[what]
        plan = _sweep(key) if kind == trainings.SWEEP else _one(key, kind)
        if plan is not None:
            _offer(key, plan)
        mistake()


def mistake() -> None:
    """What went wrong when somebody pressed the button, once.

    Raises:
        ValueError: something did.
    """
    told = st.session_state.pop(_MISTAKE, None)
    if told:
        raise ValueError(told)


def start_small() -> None:
    """The small example, at once: what the empty page's button does."""
    name = trainings.free_name(trainings.BASE)
    _begin(trainings.plan_training(trainings.BASE, trainings.SMALL[trainings.BASE], name))


def _one(key: str, kind: str) -> Plan | None:
    base, changes = _recipe(key)
    groups, seed = 4, 0
    if kind == trainings.FOLDS:
        some, other, _ = st.columns([1, 1, 2], gap="medium")
        with some:
            asked = st.number_input(
                "Groups of people", 3, 100, 4, key="folds_groups", bind="query-params",
                help="Each group is left out once: so many trainings. Paper A has nine groups of three people.",
            )  # fmt: skip
        with other:
            sown = st.number_input("Seed", 0, 10**6, 0, key="folds_of_seed", bind="query-params")
        groups, seed = int(asked or 4), int(sown or 0)
    recipe_form.fields(f"{key}.form", base, changes)
    name = _name(f"{base}-folds" if kind == trainings.FOLDS else base)
    if _mistaken(base, changes):
        return None
    if kind == trainings.FOLDS:
        return trainings.plan_folds(base, changes, name, groups, seed)
    return trainings.plan_training(base, changes, name)


def _sweep(key: str) -> Plan | None:
    grids = trainings.grids()
    left, right = st.columns([1, 1.6], gap="medium")
    with left:
        tip = "One of your own, or one that comes with the software."
        grid = choice.show("grid", "Grid", [OWN, *grids], tip=tip)
    if grid != OWN:
        return _shipped(grid, grids[grid], right)
    base, changes = _recipe(key)
    found = [one.path for some in schema.settings(base, changes).values() for one in some]
    st.markdown("**What varies:** every value of the first with every value of the second, each once per seed.")
    varied: dict[str, list[Any]] = {}
    preset = {_FIRST: ("mixing.kind", "none, mixup"), _SECOND: (NOTHING, "")}
    for name, (path, values) in preset.items():
        which, what = st.columns([1, 2], gap="medium")
        with which:
            offered = found if name == _FIRST else [NOTHING, *found]
            chosen = choice.show(name, "Setting", offered, path if path in offered else None)
        if chosen == NOTHING:
            continue
        written = what.text_input(
            f"Values of {chosen}", values if chosen == path else "", key=f"{name}_values", bind="query-params",
            placeholder="0.1, 0.2, 0.4", max_chars=500, help="With commas between; lists as [1, 2].",
        )  # fmt: skip
        varied[chosen] = schema.values_of(written)
    seeds = st.text_input("Seeds", "0", key=_SEEDS, bind="query-params", max_chars=200, help="Whole numbers, commas.")
    with st.expander("Every setting of the recipe, for all trainings", icon=":material/tune:"):
        recipe_form.fields(f"{key}.form", base, changes)
    name = _name(f"{base}-sweep")
    if _mistaken(base, changes):
        return None
    return trainings.plan_sweep(base, changes, name, varied, schema.seeds_of(seeds))


def _shipped(grid: str, studies: Sequence[str], where: Any) -> Plan:
    with where:
        chosen = st.multiselect("Studies of it", studies, key=f"grid_studies.{grid}", placeholder="all")
    line = st.text_input(
        "Changes for every training", key="grid_changes", bind="query-params", max_chars=schema.LONGEST,
        placeholder="none: the study as it stands", help="As `fer sweep --set` takes them, e.g. optimisation.epochs=1",
    )  # fmt: skip
    return trainings.plan_grid(grid, chosen, schema.changes_of(line), _name(grid))


def _recipe(key: str) -> tuple[str, tuple[str, ...]]:
    """The recipe to begin with, and its changes; all mistakes are told before a field is drawn."""
    with st.columns([1, 1.6])[0]:
        base = choice.show("recipe", "Recipe", schema.bases(), trainings.BASE, "What is not changed is as it says.")
    about = schema.about(base)
    if about:
        st.caption(markup.plain(about))
    return base, recipe_form.line(f"{key}.form", base, trainings.SMALL.get(base, ()))


def _name(wanted: str) -> str:
    free = trainings.free_name(wanted)
    with st.columns([1, 1.6])[0]:
        typed = st.text_input(
            "Name",
            key=NAME,
            placeholder=free,
            max_chars=80,
            help="Of the run, among your runs; left empty, the next free one.",
        )
    return typed.strip() or free


def _mistaken(base: str, changes: Sequence[str]) -> bool:
    wrong = schema.mistakes(base, changes)
    if wrong:
        lines = "\n".join(f"- {markup.plain(one)}" for one in wrong)
        word = "One thing does not fit" if len(wrong) == 1 else f"{len(wrong)} things do not fit"
        st.error(f"{word}:\n{lines}", icon=":material/error:")
    return bool(wrong)


def _offer(key: str, plan: Plan) -> None:
    several = "1 training" if plan.trainings == 1 else f"{plan.trainings:,} trainings"
    st.caption(f"{several}, in `{plan.out}`. The same on the command line:")
    st.code(plan.command, language="bash", wrap_lines=True)
    if plan.grid:
        with st.expander("The grid that it is written into", icon=":material/data_object:"):
            st.code(plan.grid, language="yaml")
    st.button(
        f"Start {several}", key=f"{key}.start", type="primary", icon=":material/play_arrow:", on_click=_begin,
        args=(plan,),
    )  # fmt: skip


def _begin(plan: Plan) -> None:
    try:
        job = trainings.start(plan)
    except (ValueError, OSError) as error:
        # A callback runs before the page: its mistake is shown where the button stands.
        st.session_state[_MISTAKE] = str(error)
        return
    st.session_state["job"] = job.id
    st.session_state["train_look"] = "Jobs"
