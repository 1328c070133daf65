"""What every kind of explanation was asked for, checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_core.contracts import PicturePrediction, Prediction
    from fer_core.predictor import Predictor
    from fer_core.runs import Run


@dataclass(frozen=True)
class Asked:
    """The options that all kinds share."""

    run: Run
    out: Path
    method: str
    layer: str | None
    branch: str | None
    target: str | None
    """In house names."""
    faces: str
    face: int
    signed: bool
    seed: int
    opacity: float
    device: str

    @classmethod
    def checked(
        cls,
        run: str,
        out: Path,
        method: str,
        layer: str | None,
        branch: str | None,
        target: str | None,
        faces: str,
        face: int,
        signed: bool,
        seed: int,
        opacity: float,
        device: str,
    ) -> Asked:
        """The options of the command line, each as `fer explain` names it.

        Raises:
            FileNotFoundError: no such run, or no folder to write to.
            ValueError: an unknown method or label, a label for a method that knows none, or no .png to write.
        """
        from fer_core.explain import METHODS
        from fer_core.labels import canonical, suggestion
        from fer_core.runs import find_run

        if out.suffix.lower() != ".png":
            raise ValueError(f"--out must end in .png, got '{out}'")
        if not out.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {out.parent} to write {out.name} to")
        if method not in METHODS:
            raise ValueError(f"unknown method '{method}'{suggestion(method, METHODS)}")
        if target is not None and not METHODS[method].by_label:
            raise ValueError(f"{method} knows no label; leave --target out or choose another method")
        found = find_run(run)
        wanted = None if target is None else canonical(target)
        if wanted is not None and wanted not in found.labels:
            raise ValueError(f"run {found.name} does not know the label '{target}'{suggestion(wanted, found.labels)}")
        return cls(found, out, method, layer, branch, wanted, faces, face, signed, seed, opacity, device)

    @property
    def unit(self) -> str:
        """What the map's values count."""
        from fer_core.explain import METHODS

        return METHODS[self.method].unit


def one_picture(predictor: Predictor, image: Path, faces: str) -> PicturePrediction:
    """What a run says about the one picture of a path.

    Raises:
        FileNotFoundError: no such file.
        ValueError: none or several pictures, or one that cannot be read.
    """
    from fer_core.pictures import find_pictures

    sources = find_pictures([image])
    if len(sources) != 1:
        raise ValueError(f"explain takes one picture, {image} holds {len(sources)}")
    (picture,) = predictor.predict(sources, faces=faces)
    if picture.error:
        raise ValueError(f"{image}: {picture.error}")
    return picture


def chosen(picture: PicturePrediction, face: int) -> Prediction:
    """One of its faces, 1 is the largest.

    Raises:
        ValueError: there is no such face.
    """
    if not picture.faces:
        raise ValueError(f"no face found in {picture.path}; --faces whole takes the whole picture as the face")
    if face > len(picture.faces):
        raise ValueError(f"--face must lie in 1 ... {len(picture.faces)} for {picture.path}, got {face}")
    return picture.faces[face - 1]
