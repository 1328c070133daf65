"""What pages are told: runs, results, provenance, pictures of a cell, uploads, drawn people."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import markup
from app.services import cells, device, people, provenance, results, runs, uploads
from app.services.predicting import HeatMap
from fer_core.labels import EXPRESSIONS
from fer_core.pictures import UnreadablePicture, open_picture
from fer_core.runs import Run
from tests.app import world
from tests.app.conftest import World
from tests.mutations import mutations


class TestRuns:
    def test_a_card_says_what_a_person_needs(self, small_world: World) -> None:
        card = runs.card("drawn")
        assert (card.usable, card.synthetic, card.shipped) == (True, True, False)
        assert card.label_set == "7 expressions" and card.split == "validation" and card.n == 14
        assert card.interval[0] <= card.accuracy <= card.interval[1]
        assert card.baseline == pytest.approx(1 / 7)

    def test_begins_with_a_run_that_can_predict(self, small_world: World, drawn_data: Path) -> None:
        world.add_run(small_world.runs, "young", drawn_data, status="running", pid=None)
        found = runs.cards()
        assert {card.name for card in found} == {"drawn", "young"}
        assert runs.default(found) == "drawn"

    def test_a_run_of_drawn_and_real_people_says_both(self, small_world: World) -> None:
        from app import markup
        from app.services import provenance
        from fer_core.runs import find_run

        run = find_run("drawn")
        parts = [{"name": "people", "synthetic": True}, {"name": "photographs", "synthetic": False}]
        run.update(data={**run.info["data"], "synthetic": False, "sources": parts})
        card = runs.card("drawn")
        assert (card.synthetic, card.partly_synthetic) == (False, True)
        shown = markup.origin(True, card.partly_synthetic)
        assert "synthetic faces" in shown and "real faces" in shown
        assert provenance.people(run, run.synthetic) == "synthetic and real faces"
        parts[0]["synthetic"] = False
        run.update(data={**run.info["data"], "sources": parts})
        assert not runs.card("drawn").partly_synthetic

    def test_damaged_predictions_leave_the_run_listed(self, small_world: World) -> None:
        (small_world.runs / "drawn" / "predictions.parquet").write_bytes(b"PAR1 no")
        assert runs.card("drawn").accuracy is None

    def test_new_predictions_replace_what_was_cached(self, small_world: World, drawn_data: Path) -> None:
        from fer_core.runs import find_run

        assert runs.card("drawn").n == 14
        run = find_run("drawn")
        table = run.predictions("validation").iloc[:7]
        run.store_predictions(table)
        run.update(touched=1)
        assert runs.card("drawn").n == 7


class TestResults:
    def test_numbers_are_those_of_the_command(self, small_world: World) -> None:
        from fer_core.evaluation import stored_report
        from fer_core.runs import find_run

        told = results.results("drawn", "validation").summary
        report = stored_report(find_run("drawn"), "validation")
        assert {name: told[name] for name in told} == {name: report[name] for name in told}

    def test_baseline_is_the_most_frequent_answer(self, small_world: World) -> None:
        told = results.results("drawn", "validation")
        assert told.baseline["accuracy"] == pytest.approx(1 / 7)
        assert told.baseline["macro_f1"] == pytest.approx(2 / 7 / (1 + 1 / 7) / 7)

    def test_twins_are_counted_apart(self, small_world: World) -> None:
        told = results.results("drawn", "validation")
        assert told.twins["n"].tolist() == [14, 11]

    def test_unknown_split_names_those_that_are(self, small_world: World) -> None:
        with pytest.raises(ValueError, match="there are: validation"):
            results.results("drawn", "test")


class TestProvenance:
    def test_says_everything_that_a_figure_must(self, small_world: World) -> None:
        told = provenance.of_split("drawn", "validation")
        for part in (
            "run drawn",
            "drawn-faces",
            "split validation",
            "n = 14",
            "held-out",
            "seed 3",
            "synthetic",
            "2 views",
        ):
            assert part in told.text
        assert told.command.startswith("fer evaluate drawn --data ") and "--split validation" in told.command

    def test_in_sample_is_said(self, small_world: World) -> None:
        from fer_core.runs import find_run

        run = find_run("drawn")
        run.store_predictions(run.predictions("validation").assign(split="train"))
        run.update(evaluated={**run.evaluated, "train": {"n": 14}})
        assert "in-sample" in provenance.of_split("drawn", "train").text

    def test_uploads_are_no_score(self, small_world: World) -> None:
        told = provenance.of_uploads("drawn", "auto", ["my face.jpg", "a.zip/1.png", "a.zip/2.png"], 3, synthetic=False)
        assert "nothing here is a score" in told.text and "your pictures: 3, faces: 3" in told.text
        assert told.command == "fer predict 'my face.jpg' a.zip --run drawn --faces auto --json"

    def test_a_map_names_the_very_face(self, small_world: World) -> None:
        found = HeatMap(np.ones((2, 2)), "fear", "stage3", "Grad-CAM", 0.5)
        told = provenance.of_map("drawn", found, "a.png", 2, "auto")
        assert "peak 0.5 logit units" in told.text
        assert "--face 2" in told.command and "--target fear" in told.command and "--layer stage3" in told.command


class TestCells:
    def test_surest_first_and_no_more_than_asked(self, small_world: World) -> None:
        told = results.results("drawn", "validation")
        true, said = "anger", told.confusion.loc["anger"].idxmax()
        found = cells.cell("drawn", "validation", true, str(said), limit=1)
        assert found.n == told.confusion.loc[true, said] and len(found.pictures) == 1
        assert found.pictures[0].uri.startswith("data:image/png")

    def test_unreadable_pictures_do_not_hide_the_others(self, small_world: World, tmp_path: Path) -> None:
        data = world.draw_data(tmp_path)
        world.add_run(small_world.runs, "own", data)
        for path in sorted((data / "validation" / "anger").iterdir()):
            path.write_bytes(b"no picture")
        told = results.results("own", "validation")
        said = str(told.confusion.loc["anger"].idxmax())
        found = cells.cell("own", "validation", "anger", said)
        assert found.why_not is None and all(picture.uri is None for picture in found.pictures)

    def test_pictures_of_joined_data_come_from_each_of_them(self, small_world: World, tmp_path: Path) -> None:
        from fer_core.data import SEPARATOR

        places = [world.draw_data(tmp_path / name) for name in ("one", "two")]
        world.add_run(small_world.runs, "both", places[0])
        run, source = Run(small_world.runs / "both"), SEPARATOR.join(map(str, places))
        about = {**run.evaluated["validation"], "source": source}
        sources = [{"source": str(place)} for place in places]
        run.update(evaluated={"validation": about}, data={**run.info["data"], "source": source, "sources": sources})
        data, rows = cells.dataset(run, "validation")
        assert len(data.parts) == 2 and len(rows) == len(data) == 2 * len(data.parts[0])


def png(side: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), 127, np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class TestUploads:
    def test_a_zip_gives_its_pictures_and_sentences_for_the_rest(self) -> None:
        taken, more = uploads.take("all.zip", zipped(**{"a.png": png(), "b/c.jpg": b"no", "clip.mp4": b"x"}), "upload")
        assert [picture.name for picture in taken] == ["all.zip/a.png", "all.zip/b/c.jpg", "all.zip/clip.mp4"]
        assert more == 0 and taken[0].data == png() and "video" in taken[2].error

    def test_room_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "MAX_PICTURES", 3)
        held, _ = uploads.take("one.png", png(), "upload")
        taken, more = uploads.take("all.zip", zipped(**{f"{place}.png": png() for place in range(5)}), "upload", held)
        assert (len(taken), more) == (2, 3)

    def test_bytes_are_bounded_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "MAX_HELD", 10)
        taken, more = uploads.take("all.zip", zipped(**{f"{place}.png": png() for place in range(5)}), "upload")
        assert (len(taken), more) == (1, 4)

    def test_shown_copies_are_small_and_know_the_original(self) -> None:
        (held,), _ = uploads.take("big.png", png(3000), "upload")
        shown = uploads.show(held)
        assert (shown.width, shown.height) == (3000, 3000) and shown.size < 200_000

    def test_no_mutated_file_gets_further_than_a_sentence(self) -> None:
        """Uploaded one by one: each is shown, or answered by one sentence; some zips among them hold several."""
        seen = []
        for name, data in mutations():
            for held in uploads.take(name, data, "upload")[0]:
                try:
                    seen.append(uploads.show(held).uri.startswith("data:image/jpeg"))
                except UnreadablePicture as fault:
                    seen.append(str(fault).count("Traceback") == 0 and len(str(fault)) > 10)
        assert len(seen) > 300 and all(seen)

    def test_same_name_other_bytes_is_another_picture(self) -> None:
        (one,), _ = uploads.take("a.png", png(8), "upload")
        (other,), _ = uploads.take("a.png", png(9), "upload")
        assert one.key != other.key


class TestPeople:
    def test_same_number_same_person(self) -> None:
        assert np.array_equal(people.portrait(1, "fear", 40), people.portrait(1, "fear", 40))
        assert not np.array_equal(people.portrait(1, "fear", 40), people.portrait(2, "fear", 40))

    def test_states_differ(self) -> None:
        faces = [people.portrait(1, name, 64).astype(int) for name in ("happiness", "surprise", "anger", "Asleep")]
        apart = [np.abs(a - b).max() for place, a in enumerate(faces) for b in faces[:place]]
        assert min(apart) > 40

    def test_a_sample_is_a_picture_of_people_of_the_data_sets(self) -> None:
        picture = open_picture(people.sample(0))
        assert picture.shape == (320, 960, 3)
        assert any(np.array_equal(picture[:, :320], people.portrait(0, name)) for name in EXPRESSIONS)

    def test_unknown_state(self) -> None:
        with pytest.raises(ValueError, match="no drawing for 'boredom'; choose one of Asleep"):
            people.portrait(0, "boredom", 40)


def test_markup_escapes_what_comes_from_outside() -> None:
    evil = '"><script>alert(1)</script>'
    pieces = markup.chip(evil, title=evil) + markup.tiles([(None, evil, evil)], "#000000")
    assert "<script>" not in pieces


@pytest.mark.parametrize(
    "evil",
    [
        "![x](https://example.org/x.png)",  # would load a picture
        "[press](https://example.org)",  # would be a link
        "`a` :red[b] $c$ <b>",  # would be dressed up
    ],
)
def test_names_from_outside_are_shown_not_obeyed(evil: str) -> None:
    marks = "`*_[]<>$~:!#|"
    written = markup.plain(evil)
    assert all(written[place - 1] == "\\" for place, sign in enumerate(written) if sign in marks)
    assert written.replace("\\", "") == evil


def test_the_device_is_found_without_torch() -> None:
    assert device.device().cores >= 1
