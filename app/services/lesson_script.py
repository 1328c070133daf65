"""The lesson's steps in words: for the page, and for the sheet to print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step."""

    name: str
    """As it stands in the address."""
    idea: str
    task: str
    """What to do, for those who have the sheet in hand."""


SEES = Step(
    "1 What it sees",
    "A model never sees a person. It is handed a few thousand numbers, and must give a label whatever they show.",
    "Compare the picture with what the model is handed. What can you still tell yourself?",
)
BREAKS = Step(
    "2 Break it",
    "Blur it, darken it, turn it, cover the eyes, put glasses on: find out what the answer hangs on.",
    "Move one lever at a time, then two together. Where does the heat map go?",
)
PEOPLE = Step(
    "3 Who is it?",
    "Features should say how somebody is. Here they are asked who it is: one picture of everybody is looked for among "
    "pictures of everybody from another day.",
    "Leaf through some trials, by one kind of features and by another. Who is mistaken for whom?",
)
MIXES = Step(
    "4 Mix two",
    "Mixed faces belong to nobody, so a model that learns from them cannot hold on to who it is. Both faces and both "
    "labels are mixed by the same share.",
    "Move lambda from 0 to 1. Where would you yourself change your mind?",
)
SPLITS = Step(
    "5 Fair splits",
    "A score is only worth what it was measured on. Deal the pictures at random, and everybody who is judged was also "
    "learned from.",
    "Guess first. Then compare with the score on people nobody has learned from.",
)
LESSON = (SEES, BREAKS, PEOPLE, MIXES, SPLITS)
