"""A report says what is stored, to the last digit, and nothing that is stored can write into it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from fer_core.calibration import calibrate
from fer_core.compare import compare
from fer_core.metrics import summary
from fer_core.report import NAMES, Case, checks, report, save
from fer_core.report.frame import POLICY
from fer_core.runs import Run
from fer_core.seeds import BOOTSTRAP, stream
from tests.report.stored_everything import HOSTILE, LABELS, answers, full_run
from tests.stored_runs import stored_run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(home: Path) -> Run:
    return full_run(home)


@pytest.fixture(scope="module")
def page(run: Run, home: Path) -> str:
    return report(run, beside=full_run(home, "other", seed=1), today="2026-11-25").html


class Reader(HTMLParser):
    """Every element with its attributes, every text, and the numbers as programs read them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} is closed where another is open"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def numbers(self) -> list[float]:
        return [float(found["value"] or "nan") for tag, found in self.elements if tag == "data"]


def written(run: Run, *sections: str, **options: object) -> Reader:
    return Reader(report(run, sections, **options).html)


class TestDocument:
    def test_every_element_is_closed_and_every_section_has_a_heading(self, page: str) -> None:
        read = Reader(page)
        assert read.open == []
        headings = [found["id"] for tag, found in read.elements if tag == "h2"]
        assert headings == list(NAMES)
        links = [found["href"] for tag, found in read.elements if tag == "a"]
        assert links == ["#content", *(f"#{name}" for name in NAMES)]

    def test_nothing_comes_from_elsewhere_and_nothing_runs(self, page: str) -> None:
        read = Reader(page)
        assert not {tag for tag, _ in read.elements} & {
            "script",
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
        }
        attributes = [(name, value or "") for _, found in read.elements for name, value in found.items()]
        assert not [name for name, _ in attributes if name.startswith("on")]
        assert not [value for name, value in attributes if name in ("src", "xlink:href", "action")]
        assert not re.search(r"url\(|@import|https?://", page)
        assert any(found.get("content") == POLICY for tag, found in read.elements if tag == "meta")

    def test_hostile_names_are_words(self, page: str) -> None:
        assert "<script" not in page
        said = "".join(Reader(page).texts)
        assert f"fear{HOSTILE}" in said  # a label
        assert f"p0{HOSTILE}" in said or f"p1{HOSTILE}" in said  # a person, all of them synthetic
        assert f"unreadable {HOSTILE}" in said  # a reason in run.json
        assert said.count(HOSTILE) > 10

    def test_a_hostile_run_and_data_name(self, home: Path) -> None:
        odd = stored_run(home / "<script>alert(1)<" / "x><script>", {"test": answers(2)}, labels=LABELS)
        odd.update(data={"name": '"><img src=x onerror=alert(1)>', "source": "a b; rm '-rf'"})
        found = report(odd)
        assert "<script" not in found.html and "<img" not in found.html
        assert Reader(found.html).open == []

    def test_every_drawing_has_words_for_whoever_does_not_see_it(self, page: str) -> None:
        drawings = [found for tag, found in Reader(page).elements if tag == "svg"]
        assert len(drawings) >= 10
        assert all(found["role"] == "img" and len(found["aria-label"] or "") > 20 for found in drawings)

    def test_whoever_has_no_mouse_reaches_wide_tables(self, page: str) -> None:
        wide = [found for tag, found in Reader(page).elements if found.get("class") == "wide"]
        assert wide and all(found["tabindex"] == "0" and found["role"] == "region" for found in wide)

    def test_drawings_stay_inside_numbers(self, page: str) -> None:
        """NaN in a curve and in a recall must not reach coordinates."""
        assert not re.search(r'="[^"]*\b(nan|inf)\b[^"]*"', page, re.IGNORECASE)

    def test_the_same_run_gives_the_same_bytes(self, run: Run) -> None:
        first, second = (report(run, ["summary", "persons", "projections"], today="2026-01-01").html for _ in range(2))
        assert first == second


class TestNumbers:
    def test_summary_is_what_evaluate_computes(self, run: Run) -> None:
        true, shares = answers(0)
        told = summary(
            true, shares.argmax(1), shares.astype(np.float32).astype(float), LABELS, rng=stream(0, BOOTSTRAP)
        )
        read = written(run, "summary")
        shown = read.numbers()
        assert shown[:3] == [told["accuracy"], *told["ci95"]]
        assert told["macro_f1"] in shown and told["ece"] in shown
        assert f"{told['accuracy']:.4f}" in read.texts

    def test_calibration_is_what_the_command_computes(self, run: Run) -> None:
        told = calibrate(run, "validation", "folds")
        shown = written(run, "calibration").numbers()
        assert told["temperature"] in shown and told["after"]["ece"] in shown and told["before"]["brier"] in shown

    def test_people_are_sorted_worst_first(self, run: Run) -> None:
        table = run.predictions("validation")
        want = (table["predicted"] == table["label"]).groupby(table["subject"]).mean().sort_values()
        assert written(run, "persons").numbers() == want.tolist()

    def test_mistakes_are_the_surest_ones(self, run: Run) -> None:
        true, shares = answers(0)
        sure = shares.astype(np.float32).max(1)[shares.argmax(1) != true]
        want = np.sort(sure)[::-1][:20].tolist()
        assert written(run, "mistakes").numbers()[2:] == pytest.approx(want, abs=0)

    def test_compared_with_another_run(self, run: Run, home: Path) -> None:
        other = full_run(home, "beside", seed=5)
        told = compare([other, run], "validation")["pairs"][0]
        read = written(run, "compare", beside=other)
        want = told["recall"]["anger"]["difference"]
        assert want in read.numbers() and told["mcnemar"]["p"] in read.numbers()

    def test_stored_leakage_erasure_and_robustness_are_shown(self, run: Run) -> None:
        assert {0.4, 0.3, 0.5, 0.1, 2.5} <= set(written(run, "leakage").numbers())
        assert {0.4, 0.12, 0.7} <= set(written(run, "erasure").numbers())
        assert {0.6, 0.45, 0.15, 0.5} <= {round(one, 6) for one in written(run, "robustness").numbers()}

    def test_what_is_no_usual_face(self, run: Run) -> None:
        read = written(run, "ood")
        assert {2.4, 0.97, 0.61, 0.8, 3.1} <= {
            round(one, 6) for one in read.numbers()
        }  # 2.4: the 95th of 101 quantiles
        said = "".join(read.texts)
        assert "fer ood whole --data drawn.zip --limit 60" in said and f"data: {HOSTILE}" in said

    def test_a_map_has_its_quality_and_a_dot_for_each_sample(self, run: Run) -> None:
        read = written(run, "projections")
        clouds = [found["d"] or "" for tag, found in read.elements if found.get("class") == "cloud"]
        assert sum(path.count("M") for path in clouds) == 2 * 60  # by state, and by person
        facts = (run.path / "projections" / "v_state-pca.parquet").exists() and read.numbers()
        assert facts and all(-1 <= one <= 1 for one in facts)


class TestPrivacy:
    def test_people_who_may_exist_are_numbered(self, home: Path) -> None:
        real = full_run(home, "real", synthetic=False)
        found = "".join(written(real, "persons", "mistakes", "projections").texts)
        assert "person 1" in found and "row " in found
        assert "p0<" not in found and "validation/" not in found
        named = "".join(written(real, "persons", "mistakes", names=True).texts)
        assert "p0<" in named and "validation/" in named and "person 1" not in named


class TestAbsence:
    def test_what_is_not_stored_is_named_with_its_command(self, home: Path) -> None:
        found = report(stored_run(home / "bare", {"test": answers(3)}, labels=LABELS))
        assert set(found.absent) == {
            "persons", "robustness", "learning", "leakage", "erasure", "projections", "ood", "compare", "published",
            "card",
        }  # fmt: skip
        said = "".join(Reader(found.html).texts)
        for again in (
            "fer robustness bare",
            "--store && fer erase bare --space v_state",
            "fer project bare",
            "fer ood bare",
            "--beside RUN",
        ):
            assert again in said

    def test_a_run_without_predictions_still_has_a_report(self, home: Path) -> None:
        young = stored_run(home / "young", {"test": answers(4)}, labels=LABELS)
        (young.path / "predictions.parquet").unlink()
        found = report(Run(young.path))
        assert found.split is None and "summary" in found.absent and "provenance" not in found.absent
        assert "no stored predictions" in found.html

    def test_one_label_one_person_all_right(self, home: Path) -> None:
        true = np.zeros(7, dtype=int)
        shares = np.tile([0.9, 0.06, 0.04], (7, 1))
        odd = stored_run(home / "one", {"test": (true, shares)}, labels=LABELS, subjects=["p0"] * 7)
        found = report(odd)
        assert "There is no mistake." in found.html and "one person" in found.html
        assert not re.search(r'="[^"]*\bnan\b', found.html)

    def test_mistakes_of_the_caller(self, run: Run, home: Path, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no section 'sumary'.*summary"):
            report(run, ["sumary"])
        with pytest.raises(ValueError, match="at least one section"):
            report(run, [])
        with pytest.raises(ValueError, match="no predictions of split 'test'; there are: validation"):
            report(run, split="test")
        other = stored_run(home / "eyes", {"validation": (answers(0)[0], answers(0)[1])}, labels=("a", "b", "c"))
        with pytest.raises(ValueError, match="different labels"):
            report(run, beside=other)
        (tmp_path / "run.json").write_text("{")
        with pytest.raises(ValueError, match="its run.json is damaged"):
            report(Run(tmp_path))
        with pytest.raises(ValueError, match="must end in .html"):
            save(report(run, ["card"]), tmp_path / "report.pdf")
        with pytest.raises(FileNotFoundError, match="no folder"):
            save(report(run, ["card"]), tmp_path / "nowhere" / "report.html")


class TestProtocol:
    def test_it_is_the_same_list_for_every_run(self, run: Run, home: Path) -> None:
        bare = stored_run(home / "plain", {"test": answers(3)}, labels=LABELS)
        full, less = checks(Case(run, "validation")), checks(Case(bare, "test"))
        assert [one.question for one in full] == [one.question for one in less]
        assert sum(one.measured for one in full) > sum(one.measured for one in less)
        assert all(one.command.startswith("fer ") for one in full)

    def test_numbers_come_from_what_is_stored(self, run: Run) -> None:
        found = {one.question: one.found for one in checks(Case(run, "validation"))}
        true, shares = answers(0)
        accuracy = float((shares.argmax(1) == true).mean())
        assert found["How often is it right?"].startswith(f"{accuracy:.4f} [")
        assert found["What is left on covered, blurred, dark or turned faces?"] == "0.1500 lost [0.1000, 0.2000]"
        assert found["What is left after identity is erased?"] == "v_state 0.4000 → 0.1200"
        assert found["Were samples left out of the judged split?"] == "4"
        assert found["Do the weights give the stored predictions?"] == "not measured"
