"""`fer weights` from the command line: documents, sentences, exit codes."""

from __future__ import annotations

import hashlib

from tests.pretrained.conftest import home, published, state  # noqa: F401 (fixtures)


def test_from_a_file_to_verified_weights(fer, home, published) -> None:  # noqa: F811
    listed = fer("weights", "--json").document
    rows = {row["name"]: row for row in listed["weights"]}
    assert rows["compact-toys"]["state"] == "missing" and listed["store"] == str(home)
    assert rows["facenet-vggface2"]["licence"] and rows["resnet18-imagenet"]["published_sha256"] == "f37072fd"

    ran = fer("weights", "import", "compact-toys", published, "--json")
    assert ran.code == 0
    assert ran.document["source_sha256"] == hashlib.sha256(published.read_bytes()).hexdigest()
    assert "Here:" in fer("weights", "list").out

    ran = fer("weights", "verify", "--json")
    states = {row["name"]: row["state"] for row in ran.document["weights"]}
    assert ran.code == 0 and states["compact-toys"] == "equal" and states["vgg16-imagenet"] == "missing"
    (path,) = home.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    ran = fer("weights", "verify", "compact-toys", "--json")
    assert ran.code == 1 and ran.document["weights"][0]["state"] == "changed"
    assert "compact-toys changed" in ran.err


def test_own_encoders_are_listed_apart_and_verified_with_the_others(fer, home, state) -> None:  # noqa: F811
    from fer_core.pretrained.importing import keep

    assert fer("weights", "list", "--json").document["encoders"] == []
    path = keep("my-people", state, {"architectures": ["compact"]})
    (listed,) = fer("weights", "list", "--json").document["encoders"]
    assert (listed["name"], listed["backbones"], listed["path"]) == ("my-people", ["compact"], str(path))
    ran = fer("weights", "verify", "my-people", "--json")
    assert ran.code == 0 and [row["state"] for row in ran.document["weights"]] == ["equal"]
    other = keep("my-people", {key: value + 1 for key, value in state.items()}, {"architectures": ["compact"]})
    other.replace(path)
    ran = fer("weights", "verify", "--json")
    assert ran.code == 1 and "my-people changed" in ran.err


def test_mistakes_end_with_2_and_failed_downloads_with_1(fer, home, published, monkeypatch) -> None:  # noqa: F811
    from dataclasses import replace

    from fer_core.pretrained import known
    from tests.pretrained.conftest import ROW

    for arguments, sentence in [
        (("fetch", "compact-toy"), "unknown weights 'compact-toy'"),
        (("fetch", "compact-toys"), "cannot be fetched"),
        (("import", "compact-toys", "nothing.pth"), "no file at nothing.pth"),
        (("import", "resnet18-imagenet", published), "not the published resnet18-f37072fd.pth"),
        (("verify", "compact-toys"), "fer weights import compact-toys FILE"),
    ]:
        ran = fer("weights", *arguments, "--json")
        assert (ran.code, ran.out) == (2, "") and sentence in ran.err and ran.err.count("\n") == 1
    monkeypatch.setenv("FER_WEIGHTS", str(published))
    ran = fer("weights", "import", "compact-toys", published)
    assert ran.code == 2 and "the store of weights must be a folder" in ran.err
    monkeypatch.setenv("FER_WEIGHTS", str(home))
    monkeypatch.setitem(known.KNOWN, ROW.name, replace(ROW, url="http://127.0.0.1:9/toys.pth"))
    ran = fer("weights", "fetch", "compact-toys", "--json")
    assert ran.code == 1 and "cannot be downloaded" in ran.err
