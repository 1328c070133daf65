"""Pictures of every page, by one command: ``python -m tests.browser.screenshots --out tests/browser/screenshots``.

They show only drawn people: the run is trained here and now on synthetic faces, and the pictures it answers for are
drawn too.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from app.menu import FIRST, MENU
from tests.browser import studio
from tests.browser.visit import PATIENCE, Visitor, chromium, started

SIZES = ((1280, "light"), (1280, "dark"), (820, "light"))
"""Widths of a laptop and of a tablet, and the grounds they are shown on."""


def _confidence(visitor: Visitor) -> None:
    visitor.go("/results?section=Confidence")


def _batch(visitor: Visitor) -> None:
    visitor.go("/mixing?mixing=FERMix&look=The+next+batch")


def _explain(visitor: Visitor) -> None:
    visitor.go("/explain")
    visitor.press("Draw a synthetic sample")
    visitor.page.wait_for_selector("text=The same map while the network forgets", timeout=PATIENCE)


def _drowsiness(visitor: Visitor) -> None:
    visitor.go("/drowsiness?run=drowsiness")
    visitor.press("Draw a synthetic person")
    visitor.page.wait_for_selector("text=Asleep from", timeout=5 * PATIENCE)
    visitor.settle()


def _mixed_face(visitor: Visitor) -> None:
    _explain(visitor)
    visitor.page.get_by_text("A mixed face", exact=True).click()
    visitor.page.wait_for_selector("text=One mixed face", timeout=PATIENCE)


def _leakage(visitor: Visitor) -> None:
    visitor.go("/leakage?run=drowsiness&trial=17")


def _space(visitor: Visitor) -> None:
    visitor.go("/space?run=drowsiness&rows=0-40")


def _report(visitor: Visitor) -> None:
    visitor.go("/report")
    visitor.page.frame_locator("iframe.report").locator("h2").first.wait_for()


def _predict(visitor: Visitor) -> None:
    visitor.go("/predict")
    visitor.press("Draw a synthetic sample")
    visitor.page.wait_for_selector(".frame button", timeout=PATIENCE)
    visitor.press("Draw a sample")
    visitor.page.wait_for_selector("text=picture 2 of 2", timeout=PATIENCE)


def _empty_predict(visitor: Visitor) -> None:
    visitor.go("/predict")


def _person(visitor: Visitor) -> None:
    visitor.go("/data?data_look=Make+a+person&person_state=Awake&factors=yaw%3D0.4")


def _teach(visitor: Visitor) -> None:
    visitor.go("/teach?run=drowsiness&lesson=2+Break+it&lesson_wear=glasses&break_blur=2&break_upper=4")


def _teach_splits(visitor: Visitor) -> None:
    visitor.go("/teach?run=drowsiness&lesson=5+Fair+splits")
    visitor.page.get_by_role("radio", name="more than 0.20 less").press("Space")
    visitor.settle()
    visitor.press("Check")


def _grid(visitor: Visitor) -> None:
    visitor.go("/studies?study_look=Ablation+grid&ablation=mixings&figure=Macro-F1")


def _train(visitor: Visitor) -> None:
    visitor.go("/studies?study_look=Train&train_look=Start+something&section_of_recipe=mixing")


SCENES: dict[str, Callable[[Visitor], None]] = {
    "data-person": _person,
    "drowsiness": _drowsiness,
    "explain": _explain,
    "explain-mixed": _mixed_face,
    "leakage": _leakage,
    "mixing-batch": _batch,
    "predict": _predict,
    "predict-empty": _empty_predict,
    "report": _report,
    "results-confidence": _confidence,
    "space": _space,
    "studies-grid": _grid,
    "studies-train": _train,
    "teach": _teach,
    "teach-splits": _teach_splits,
}
"""What is done before a picture of that name is taken. A page without a scene of its name is shown as it opens."""


def names() -> list[str]:
    """Of all pictures: every page in the menu, and the further scenes."""
    pages = [page for entries in MENU.values() for page, _, _ in entries]
    return sorted({*pages, *SCENES})


def shoot(home: str, out: Path, wanted: Sequence[str]) -> list[str]:
    """Takes the pictures; gives what the browser complained about.

    Args:
        home: The started app's address.
        out: Where the pictures go.
        wanted: Of `names`.
    """
    complaints: list[str] = []
    with chromium() as browser:
        for width, scheme in SIZES:
            for name in wanted:
                # A tab for each: what one scene holds must not show in the next.
                visitor = Visitor(browser, home, width=width, scheme=scheme)
                SCENES.get(name, lambda came, page=name: came.go("/" if page == FIRST else f"/{page}"))(visitor)
                visitor.whole(out / f"{name}-{width}-{scheme}.png")
                complaints += [f"{name}: {words}" for words in visitor.complaints]
                complaints += [f"{name} asked outside: {address}" for address in visitor.outside]
                visitor.leave()
    return complaints


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("screenshots"), help="folder of the pictures")
    parser.add_argument("--runs", type=Path, help="folder of runs to show instead of one trained now on drawn faces")
    parser.add_argument("--only", nargs="+", choices=names(), default=names(), help="some of the pictures")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, started(given.runs or studio.train(Path(place))) as home:
        complaints = shoot(home, given.out, given.only)
    for complaint in complaints:
        print(complaint)
    print(f"{len(list(given.out.glob('*.png')))} pictures in {given.out}, {len(complaints)} complaints of the browser")


if __name__ == "__main__":
    main()
