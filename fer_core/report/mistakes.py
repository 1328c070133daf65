"""Where a run is wrong: who is taken for whom, by class, by person, and how sure it was."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fer_core import colours
from fer_core.report.case import Case, Judgement
from fer_core.report.charts import Dot, dots, halves
from fer_core.report.markup import Html, element, figure, folded, joined, note, number, table
from fer_core.report.parts import Section, missing, unjudged

WORST = 20
"""Rows that are shown at once; the others are folded."""
SUREST = 20
"""Mistakes that are listed."""
MOST = 400
"""People of one report: a longer list is no reading matter."""


def confusion(case: Case) -> Section:
    """Who was taken for whom: counts and shares of each true label."""
    if case.judged is None:
        return unjudged(case)
    found = case.judged.summary
    cells, labels = np.array(found["confusion"]), list(case.run.labels)
    header = ["true ↓ · says →", *labels, "samples"]
    shares = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1)
    rows = [
        [label, *(_cell(int(cells[row, column]), float(shares[row, column])) for column in range(len(labels))),
         f"{cells[row].sum():,}"]
        for row, label in enumerate(labels)
    ]  # fmt: skip
    wrong = cells.copy()
    np.fill_diagonal(wrong, 0)
    row, column = divmod(int(wrong.argmax()), len(labels))
    said = (
        f"Most frequent mistake: {wrong[row, column]:,} of {cells[row].sum():,} samples of {labels[row]} are called "
        f"{labels[column]}."
        if wrong.any()
        else "Every sample got its own label."
    )
    matrix = element("div", table(header, rows, "Counts, and the share of each true label (rows)"), class_="matrix")
    caption = f"{said} The diagonal is right; the stronger the colour, the larger the share of its row."
    return Section(figure(matrix, caption, case.origin, case.evaluating), (("confusion matrix", case.evaluating),))


def _cell(count: int, share: float) -> Html:
    # Ink follows the ground: from half on, the ground is dark enough for white words.
    style = f"--share:{share:.3f}"
    return element(
        "span", f"{count:,}", element("small", f"{share:.0%}"), style=style, class_="dark" if share > 0.5 else None
    )


def classes(case: Case) -> Section:
    """Precision, recall and F1 of each class."""
    if case.judged is None:
        return unjudged(case)
    found = case.judged.summary["per_class"]
    rows = [
        [label, *(number(one[key]) for key in ("precision", "recall", "f1")), f"{one['support']:,}"]
        for label, one in found.items()
    ]
    known = {label: one["recall"] for label, one in found.items() if one["recall"] is not None}
    chart = dots(
        [
            Dot(label, np.nan if one["recall"] is None else one["recall"], _wilson(one["recall"], one["support"]),
                colours.of_label(label, case.run.labels))
            for label, one in found.items()
        ],
        "recall: of those who are, how many are found",
        "Recall by label: " + ", ".join(f"{label} {value:.2f}" for label, value in known.items()) + ".",
        (0, 1),
    )  # fmt: skip
    worst = min(known, key=lambda label: known[label])
    caption = f"Found worst: {worst}, recall {known[worst]:.3f}. Bars: 95 % intervals (Wilson 1927) of each recall."
    body = [
        figure(chart, caption, case.origin, case.evaluating),
        table(["label", "precision", "recall", "F1", "samples"], rows, "Scores by label"),
    ]
    return Section(joined(body), (("scores by label", case.evaluating),))


def _wilson(share: float | None, n: int) -> tuple[float, float] | None:
    """The 95 % score interval of a share: Wilson 1927, which stays in [0, 1] and works for few samples."""
    if share is None or n < 1:
        return None
    z = 1.959963984540054
    middle, reach = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return float(max(0.0, (middle - reach) / scale)), float(min(1.0, (middle + reach) / scale))


def persons(case: Case) -> Section:
    """Accuracy of each person, worst first."""
    if case.judged is None:
        return unjudged(case)
    known = case.judged.table["subject"].notna().to_numpy()
    if not known.any():
        return missing(f"The data {case.told.get('data') or 'of this split'} do not say who is on which picture.")
    people = by_person(case.judged)
    if not case.named:
        people = people.assign(subject=[f"person {place}" for place in range(1, len(people) + 1)])
    records = people.head(MOST).to_dict("records")
    rows = [[one["subject"], f"{one['n']:,}", number(one["accuracy"]), one["mistake"]] for one in records]
    marks = [
        Dot(str(one["subject"]), one["accuracy"], _wilson(one["accuracy"], one["n"]),
            said=f"{one['accuracy']:.3f}, n {one['n']:,}")
        for one in records[:WORST]
    ]  # fmt: skip
    told = (
        f"Accuracy of the {len(marks)} people of {len(people):,} who are read worst; the lowest {marks[0].value:.2f}."
    )
    chart = dots(marks, "accuracy", told, (0, 1))
    header = ["person", "samples", "accuracy", "most frequent mistake"]
    middle = f"Median over {len(people):,} people {people['accuracy'].median():.3f}, "
    caption = (
        f"{middle}worst {people['accuracy'].iloc[0]:.3f}, best {people['accuracy'].iloc[-1]:.3f}. "
        "Bars: 95 % intervals (Wilson) over that person's samples."
    )
    again = case.reporting("persons")
    more = f", the worst {MOST}" if len(people) > MOST else ""
    body = [
        *_anonymous(case, "People are numbered, not named"),
        figure(chart, caption, case.origin, again),
        folded(f"All {len(people):,} people{more}", table(header, rows, "Accuracy by person, worst first")),
    ]
    if not known.all():
        body.append(element("p", f"{int((~known).sum()):,} samples name nobody and are not in this section."))
    return Section(joined(body), (("accuracy by person", again),))


def by_person(judged: Judgement) -> pd.DataFrame:
    """``subject n accuracy mistake`` of everybody, worst first, of equals who has more samples.

    Samples that name nobody are left out.

    Args:
        judged: Stored predictions.
    """
    table = pd.DataFrame(
        {
            "subject": judged.table["subject"],
            "right": judged.right,
            "mistake": judged.table["label"].astype(str) + " called " + judged.table["predicted"].astype(str),
        }
    ).dropna(subset=["subject"])
    found = table.groupby("subject")["right"].agg(n="size", accuracy="mean").reset_index()
    wrong = table[~table["right"]].groupby("subject")["mistake"].agg(lambda one: one.value_counts().index[0])
    found["mistake"] = found["subject"].map(wrong).fillna("–")
    return found.sort_values(["accuracy", "n", "subject"], ascending=[True, False, True], ignore_index=True)


def _anonymous(case: Case, what: str) -> list[Html]:
    if case.named:
        return []
    return [
        note(f"{what}: some people here may exist. ", element("code", "--names"), " names them, for your own eyes.")
    ]


def surest(case: Case) -> Section:
    """Mistakes by how sure the run was of them."""
    if case.judged is None:
        return unjudged(case)
    judged = case.judged
    sure, right = judged.confidence, judged.right
    edges = np.linspace(0, 1, 21)
    up, down = (np.histogram(np.clip(sure[which], 0, 1), edges)[0] for which in (right, ~right))
    told = judged.summary["confidence"]
    high = sure >= 0.9
    chart = halves(
        edges,
        up,
        down,
        "confidence of the answer",
        f"By confidence, right answers upwards ({int(right.sum()):,}), wrong ones downwards ({int((~right).sum()):,}).",
    )
    words = [
        "Median confidence where right ",
        number(told["right"]["median"]),
        ", where wrong ",
        number(told["wrong"]["median"]),
        f". Of {int(high.sum()):,} answers with at least 90 % confidence, {int((high & ~right).sum()):,} are wrong.",
    ]
    again = case.reporting("mistakes")
    place = np.flatnonzero(~right)
    place = place[np.argsort(-sure[place], kind="stable")][:SUREST]
    said = judged.table[["label", "predicted"]].to_numpy()
    rows = [[_named(case, judged, one), *said[one], number(float(sure[one]))] for one in place.tolist()]
    header = ["sample", "true", "the model says", "confidence"]
    body = [figure(chart, joined(words), case.origin, again)]
    if rows:
        body += [
            *_anonymous(case, "Samples are told by their row, from 0, in the stored predictions of the split"),
            table(header, rows, f"The {len(rows)} surest mistakes", left=3),
        ]
    else:
        body.append(element("p", "There is no mistake."))
    return Section(joined(body), (("mistakes by confidence", again),))


def _named(case: Case, judged: Judgement, place: int) -> str:
    return str(judged.table["sample"].iloc[place]) if case.named else f"row {judged.table['row'].to_numpy()[place]:,}"
