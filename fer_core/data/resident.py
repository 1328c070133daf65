"""A data set held on the device: the `Pictures` that training composes from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from fer_core.data import transforms
from fer_core.preprocessing import standardised
from fer_core.sections import Augmentation, Preprocessing


class ResidentPictures:
    """uint8 pixels and targets on the device; augmented when asked for."""

    def __init__(
        self,
        pixels: np.ndarray,
        targets: np.ndarray,
        preprocessing: Preprocessing,
        device: torch.device,
        augmentation: Augmentation | None = None,
        landmarks: np.ndarray | None = None,
        frozen: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Moves everything to the device.

        Args:
            pixels: ``(N, S, S)`` or ``(N, S, S, 3)`` uint8.
            targets: ``(N, K)``, rows sum to 1.
            preprocessing: Mean and standard deviation, by channel and by picture.
            device: Where everything is kept.
            augmentation: None shows pictures as they are.
            landmarks: ``(N, 5, 2)`` fractions of the pictures, NaN where unknown; None knows none.
            frozen: ``(N, D)`` of each frozen space, of the unaugmented pictures; None: there are none.
        """
        stored = torch.from_numpy(np.array(pixels))
        planes = stored.unsqueeze(1) if stored.ndim == 3 else stored.permute(0, 3, 1, 2)
        self._pixels = planes.contiguous().to(device)
        self._targets = torch.from_numpy(targets).float().to(device)
        self._mean = torch.tensor(preprocessing.mean, device=device).reshape(3, 1, 1)
        self._std = torch.tensor(preprocessing.std, device=device).reshape(3, 1, 1)
        self._standardise = preprocessing.standardise
        self._device = device
        self._augmentation = augmentation
        self._rng: np.random.Generator | None = None
        self._landmarks = np.full((len(self._pixels), 5, 2), np.nan) if landmarks is None else landmarks
        self._frozen = {name: torch.from_numpy(np.array(one)).to(device) for name, one in (frozen or {}).items()}
        self._shown: tuple[np.ndarray, np.ndarray] | None = None
        """Rows last augmented, and how they were moved."""

    def __len__(self) -> int:
        return len(self._pixels)

    def begin(self, rng: np.random.Generator) -> None:
        """Starts an epoch: its augmentation is drawn from ``rng``."""
        self._rng = rng

    def images(self, rows: np.ndarray) -> Tensor:
        """``(M, 1 or 3, S, S)`` float in [0, 1], augmented; one channel stands for three equal ones until `normalise`.

        Raises:
            ValueError: the pictures are augmented and no epoch has begun.
        """
        chosen = self._pixels[torch.from_numpy(rows).to(self._device)].float() / 255
        if self._augmentation is None:
            return chosen
        if self._rng is None:
            raise ValueError("augmented pictures need begin(rng) before the first batch")
        parameters = transforms.draw(self._augmentation, len(rows), self._rng)
        self._shown = rows.copy(), parameters["affine"]
        return transforms.apply(chosen, parameters)

    def targets(self, rows: np.ndarray) -> Tensor:
        """``(M, K)``, rows sum to 1."""
        return self._targets[torch.from_numpy(rows).to(self._device)]

    def landmarks(self, rows: np.ndarray) -> np.ndarray:
        """``(M, 5, 2)`` fractions of the pictures as `images` last showed these rows; NaN where they are unknown.

        Raises:
            ValueError: the pictures are augmented, and `images` last showed other rows.
        """
        if self._augmentation is None:
            return self._landmarks[rows]
        if self._shown is None or not np.array_equal(self._shown[0], rows):
            raise ValueError("landmarks of augmented pictures are known of the rows that images() showed last")
        return transforms.moved(self._landmarks[rows], self._shown[1])

    def frozen(self, rows: np.ndarray) -> Mapping[str, Tensor]:
        """``(M, D)`` of each frozen space, of the unaugmented pictures; empty where the model has none."""
        if not self._frozen:
            return {}
        chosen = torch.from_numpy(rows).to(self._device)
        return {name: one[chosen] for name, one in self._frozen.items()}

    def normalise(self, images: Tensor) -> Tensor:
        """``(M, 1 or 3, S, S)`` in [0, 1] -> ``(M, 3, S, S)`` with mean and deviation removed, channels last."""
        images = standardised(images) if self._standardise else images
        return ((images - self._mean) / self._std).contiguous(memory_format=torch.channels_last)
