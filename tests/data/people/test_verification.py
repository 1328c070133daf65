"""Whether a person stays that person from session to session, for an encoder that has never seen anybody tested."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from fer_core.data.people import Recording, identity, moment, render, session

SIZE = 64
LEARNED, TESTED = 5_000, 0
"""First numbers of the people that the encoder learns from, and of those it is tested on."""


def album(first: int, people: int, sessions: int, frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``(N, 3, 64, 64)`` uint8 faces of waking people, their persons and their sessions."""
    pictures, persons, sittings = [], [], []
    for number in range(first, first + people):
        who = identity(number)
        for sitting in range(sessions):
            look, recording = session(number, sitting, 0, who), Recording(0, number, sitting, "Awake")
            for frame in range(frames):
                picture = render(who, look, moment(who, recording, 1.0 + 3.7 * frame), 88, frame)[0]
                pictures.append(picture[10:74, 12:76].transpose(2, 0, 1))
                persons.append(number - first)
                sittings.append(sitting)
    return np.array(pictures), np.array(persons), np.array(sittings)


class Encoder(nn.Module):
    """A small convolutional network with a direction as its answer."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 96, 128)
        layers: list[nn.Module] = []
        for here, there in zip(widths, widths[1:], strict=False):
            layers += [nn.Conv2d(here, there, 3, 2, 1, bias=False), nn.BatchNorm2d(there), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.3), nn.Linear(128 * 16, 96))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """``(N, 96)`` of length 1."""
        grey = images.float() / 255
        return nn.functional.normalize(self.body((grey - grey.mean((2, 3), keepdim=True)) * 4), dim=1)


def shaken(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Mirrored, shifted, in other light: what tells sessions apart shall not tell people apart."""
    if rng.random() < 0.5:
        images = images.flip(3)
    images = torch.roll(images, tuple(int(by) for by in rng.integers(-4, 5, 2)), (2, 3))
    gains = torch.from_numpy(
        rng.uniform(0.7, 1.3, (len(images), 1, 1, 1)) * rng.uniform(0.85, 1.15, (len(images), 3, 1, 1))
    )
    return (images * gains.float()).clamp(0, 255)


def trained(people: int = 160, epochs: int = 14) -> Encoder:
    """An encoder that has learned to name people of `LEARNED`."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    pictures, persons, _ = album(LEARNED, people, sessions=5, frames=3)
    images, targets = torch.from_numpy(pictures), torch.from_numpy(persons)
    encoder, names = Encoder(), nn.Parameter(torch.randn(people, 96) * 0.1)
    optimiser = torch.optim.AdamW([*encoder.parameters(), names], lr=2e-3, weight_decay=0.02)
    batches = len(images) // 64
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=epochs * batches)
    for _ in range(epochs):
        for rows in torch.from_numpy(rng.permutation(len(images))[: batches * 64].reshape(batches, 64)):
            likeness = encoder(shaken(images[rows], rng)) @ nn.functional.normalize(names, dim=1).T
            loss = nn.functional.cross_entropy(14 * likeness, targets[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return encoder.eval()


@pytest.mark.slow
def test_a_person_is_known_again_in_another_session(capsys: pytest.CaptureFixture[str]) -> None:
    """Of single pictures: the same person in two sessions is nearer than two people, AUC 0.9 and more."""
    from sklearn.metrics import roc_auc_score

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        encoder = trained()
        pictures, persons, sittings = album(TESTED, 48, sessions=3, frames=3)
        with torch.no_grad():
            codes = encoder(torch.from_numpy(pictures)).numpy()
    finally:
        torch.set_num_threads(threads)
    one, other = np.triu_indices(len(codes), 1)
    same = persons[one] == persons[other]
    counted = ~same | (sittings[one] != sittings[other])
    likeness = (codes[one] * codes[other]).sum(axis=1)
    auc = roc_auc_score(same[counted], likeness[counted])
    with capsys.disabled():
        print(f"\nverification AUC {auc:.3f} over {counted.sum():,} pairs of 48 people, {same[counted].sum():,} of one")
    assert auc >= 0.9
