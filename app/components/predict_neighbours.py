"""Which stored faces the chosen face resembles in each feature space, with their pictures."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import colours, markup, session
from app.components import provenance
from app.services import resembling, runs
from app.services.predicting import FacesMode, Prediction
from app.services.space import Table
from app.services.uploads import Held

_MEANING = {
    "v_face": "everything about the face",
    "v_id": "who it is",
    "v_state": "what it shows, with who it is taken away",
    "high": "late features",
    "mid": "middle features",
}


def show(key: str, run: str, held: Held, place: int, face: Prediction, how: FacesMode) -> None:
    """Draws the section.

    Args:
        key: Begins every session key used here.
        run: A usable run.
        held: The picture.
        place: Which of its faces.
        face: That face.
        how: How faces were found.
    """
    st.subheader("Whom does it resemble? (nearest stored neighbours)", anchor=False)
    try:
        told = resembling.stored(run)
        if told is None:
            _nothing(run)
        elif face.crop is not None:
            _rows(key, told, held, place, face, how)
    except (FileNotFoundError, ValueError) as fault:
        st.info(markup.plain(f"The neighbours cannot be shown: {fault}."), icon=":material/folder_off:")


def _nothing(run: str) -> None:
    command = markup.plain(resembling.storing(run))
    st.caption(
        f"The run keeps no features to compare with. {command} keeps some (of a run that comes with the software: copy "
        "it first); or let the page Feature space draw synthetic people for it, who are then compared with here too."
    )
    st.page_link("views/space.py", label="Draw people for this run", icon=":material/arrow_forward:")


def _rows(key: str, told: Table, held: Held, place: int, face: Prediction, how: FacesMode) -> None:
    store, name = session.lab(), ("resembling", told.run, runs.stamped(told.run), held.key, place, face.face.box)
    if name not in store:
        with st.spinner("Comparing"):
            seen = resembling.vectors(told.run, face.crop)
        store[name] = seen, sum(one.nbytes for one in seen.values())
    found = resembling.neighbours(told, store[name][0])
    if not found:
        st.caption("The stored features are of spaces that this run does not give a face.")
        return
    why_not = None
    columns = st.columns(len(found), gap="medium") if len(found) <= 3 else [st.container() for _ in found]
    for column, (space, rows) in zip(columns, found.items(), strict=True):
        uris, why_not = resembling.faces(told, [str(sample) for sample in rows["sample"]])
        with column:
            words = _MEANING.get(space, "")
            st.html(
                markup.row([markup.chip(space, colours.of_space(space)), f'<span class="lab-quiet">{words}</span>'])
            )
            tiles = [(uri, *_said(row)) for uri, (_, row) in zip(uris, rows.iterrows(), strict=True)]
            st.html(markup.tiles(tiles, colours.of_space(space)))
            st.caption(_sentence(rows, face.label))
    if why_not:
        st.caption(markup.plain(f"Names instead of faces: {why_not}."))
    table = pd.concat([rows.assign(space=space) for space, rows in found.items()], ignore_index=True)
    kept = ["space", "sample", *(one for one in ("label", "subject", "session", "split") if one in table), "cosine"]
    provenance.show(f"{key}_origin", resembling.of_neighbours(told, held.name, how), table[kept])


def _said(row: pd.Series) -> tuple[str, str]:
    """Alternative text and caption of one neighbour."""
    known = [str(row[name]) for name in ("label", "subject") if name in row and pd.notna(row[name])]
    cosine = f"{row['cosine']:.3f}"
    return f"{row['sample']}: {', '.join(known) or 'no label'}, cosine {cosine}", " ".join([*known, cosine])


def _sentence(rows: pd.DataFrame, said: str) -> str:
    """What the neighbours have in common, for those there are of."""
    count, words = len(rows), []
    if "subject" in rows and rows["subject"].notna().any():
        people = rows["subject"].nunique()
        words.append("all of one person" if people == 1 and count > 1 else f"of {people} people")
    if "label" in rows and rows["label"].notna().any():
        words.append(f"{int((rows['label'] == said).sum())} labelled {markup.plain(said)}, as the model says")
    return f"{count} nearest" + (": " + "; ".join(words) if words else "") + "."
