"""Pictures of every page, by one command: ``python -m tests.browser.screenshots --out tests/browser/screenshots``.

They show only drawn people: the run is trained here and now on synthetic faces, and the pictures it answers for are
drawn too.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.browser import studio
from tests.browser.visit import PATIENCE, Visitor, chromium, started

SIZES = ((1280, "light"), (1280, "dark"), (820, "light"))
"""Widths of a laptop and of a tablet, and the grounds they are shown on."""


def shoot(home: str, out: Path) -> list[str]:
    """Takes the pictures; gives what the browser complained about.

    Args:
        home: The started app's address.
        out: Where the pictures go.
    """
    complaints: list[str] = []
    with chromium() as browser:
        for width, scheme in SIZES:
            visitor = Visitor(browser, home, width=width, scheme=scheme)
            visitor.go("/")
            visitor.whole(out / f"overview-{width}-{scheme}.png")
            visitor.go("/results")
            visitor.whole(out / f"results-{width}-{scheme}.png")
            visitor.go("/results?section=Confidence")
            visitor.whole(out / f"results-confidence-{width}-{scheme}.png")
            visitor.go("/mixing")
            visitor.whole(out / f"mixing-{width}-{scheme}.png")
            visitor.go("/mixing?mixing=FERMix&look=The+next+batch")
            visitor.whole(out / f"mixing-batch-{width}-{scheme}.png")
            visitor.go("/explain")
            visitor.press("Draw a synthetic sample")
            visitor.page.wait_for_selector("text=The same map while the network forgets", timeout=PATIENCE)
            visitor.whole(out / f"explain-{width}-{scheme}.png")
            visitor.page.get_by_text("A mixed face", exact=True).click()
            visitor.page.wait_for_selector("text=One mixed face", timeout=PATIENCE)
            visitor.whole(out / f"explain-mixed-{width}-{scheme}.png")
            visitor.go("/space?run=drowsiness&rows=3-60.700-760")
            visitor.page.wait_for_selector("text=evenly spread over the selection", timeout=PATIENCE)
            visitor.whole(out / f"space-{width}-{scheme}.png")
            visitor.go("/leakage?run=drowsiness&trial=17")
            visitor.whole(out / f"leakage-{width}-{scheme}.png")
            visitor.go("/report")
            visitor.page.frame_locator("iframe.report").locator("h2").first.wait_for()
            visitor.whole(out / f"report-{width}-{scheme}.png")
            visitor.go("/predict")
            visitor.whole(out / f"predict-empty-{width}-{scheme}.png")
            visitor.press("Draw a synthetic sample")
            visitor.page.wait_for_selector(".frame button", timeout=PATIENCE)
            visitor.press("Draw a sample")
            visitor.page.wait_for_selector("text=picture 2 of 2", timeout=PATIENCE)
            visitor.whole(out / f"predict-{width}-{scheme}.png")
            complaints += visitor.complaints + [f"asked outside: {address}" for address in visitor.outside]
            visitor.leave()
    return complaints


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("screenshots"), help="folder of the pictures")
    parser.add_argument("--runs", type=Path, help="folder of runs to show instead of one trained now on drawn faces")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, started(given.runs or studio.train(Path(place))) as home:
        complaints = shoot(home, given.out)
    for complaint in complaints:
        print(complaint)
    print(f"{len(list(given.out.glob('*.png')))} pictures in {given.out}, {len(complaints)} complaints of the browser")


if __name__ == "__main__":
    main()
