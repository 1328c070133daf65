"""The three networks of MTCNN in a row: proposals over a pyramid, refinement, landmarks.

The networks and their weights are those of facenet-pytorch 2.5.3. The passage between them is ours, because the package
resizes thousands of windows one by one through a threaded operator (a crowd of 85 faces took 3 s on two free cores and
17 s on two busy ones) and fails on unequal sizes, on tiny pictures and on windows outside the picture. Here all windows
are averaged at once from an integral picture, to the same values, in half the time.

Paper: Zhang, Zhang, Li & Qiao, Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks,
2016, https://arxiv.org/abs/1604.02878.
Source: https://github.com/timesler/facenet-pytorch/blob/v2.5.3/models/utils/detect_face.py; a test compares both.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from facenet_pytorch.models.mtcnn import ONet, PNet, RNet
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchvision.ops import nms

THRESHOLDS = (0.6, 0.7, 0.7)
"""Least score to leave each stage: the package's defaults."""

PYRAMID_FACTOR = 0.709
"""From one level of the pyramid to the next: half the area, as published."""

_WINDOW = 12
"""Side of the first network's window in pixels."""

_ROWS_AT_ONCE = 512
"""Windows per forward pass, so that a crowd does not grow the memory."""

_MOST_PROPOSALS = 10_000
"""Squares that go on, best first. A crowd of 85 faces makes 4,000; the bound keeps hostile patterns from the memory."""

_NUDGES = ((0.0, 0.0), (0.07, 0.0), (-0.07, 0.0), (0.0, 0.07), (0.0, -0.07))
_SIZES = (0.9, 1.0, 1.12)
"""Windows around a found face that must agree, as fractions of its longer side: centre and side."""


@dataclass(frozen=True)
class Candidates:
    """F faces in one picture, in its pixels, best first."""

    boxes: np.ndarray
    """``(F, 4)`` float32 left, top, right, bottom; may reach beyond the picture."""
    scores: np.ndarray
    """``(F,)`` float32 in [0, 1]: the last network's, once."""
    landmarks: np.ndarray
    """``(F, 5, 2)`` float32."""
    agreement: np.ndarray
    """``(F,)`` float32 in [0, 1]: the mean score over windows a little larger, smaller, beside and mirrored. A face
    stays a face under these; a hand or a knot in a tie that scored 0.97 once does not."""


class Cascade:
    """MTCNN's networks on a device. Nothing changes after construction, so threads may share one.

    Args:
        device: Where the networks run, e.g. ``cpu`` or ``cuda:0``.
    """

    def __init__(self, device: str = "cpu") -> None:
        self.device = torch.device(device)
        self._propose, self._refine, self._place = (
            net.to(self.device, memory_format=torch.channels_last).eval().requires_grad_(False)
            for net in (PNet(), RNet(), ONet())
        )

    def find(self, picture: np.ndarray, smallest: float = 20.0, border: int = 0, reach: int = 0) -> Candidates:
        """The faces that pass all three stages.

        Args:
            picture: ``(H, W, 3)`` uint8 RGB, a large one should be shrunk first.
            smallest: Side in pixels of the smallest face to look for, at least 12.
            border: Pixels of grey that are put around the picture before the first stage.
            reach: So many pixels beyond the border, windows of the later stages see grey. Without, they are clipped and
                stretched, as the package does, which moves the landmarks of faces at the edge.
        """
        picture = _surrounded(picture, border)
        with torch.inference_mode():
            boxes = self._proposals(picture, smallest)
            sums = cv2.integral(_surrounded(picture, reach))
            kept, windows = _windows(sums, boxes, 24, reach)
            if not len(kept):
                return _nobody()
            boxes = boxes[kept]
            shifts, scores = self._forward(self._refine, windows)
            keep = scores[:, 1] > THRESHOLDS[1]
            keep[keep.copy()] = _best(boxes[keep], scores[keep, 1], 0.7)
            boxes = _square(_shifted(boxes[keep], shifts[keep]))
            kept, windows = _windows(sums, boxes, 48, reach)
            if not len(kept):
                return _nobody()
            shifts, places, scores = self._forward(self._place, windows)
            keep = scores[:, 1] > THRESHOLDS[2]
            boxes, shifts, places, best = boxes[kept][keep], shifts[keep], places[keep], scores[keep, 1]
            sides = boxes[:, 2:] - boxes[:, :2] + 1
            landmarks = places.reshape(-1, 2, 5).transpose(0, 2, 1) * sides[:, None] + boxes[:, None, :2] - 1
            boxes = _shifted(boxes, shifts)
            order = _without_nested(boxes, best)
            boxes, landmarks, best = boxes[order], landmarks[order], best[order]
            return Candidates(boxes - border, best, landmarks - border, self._agreement(sums, boxes, reach))

    def follow(self, picture: np.ndarray, boxes: np.ndarray) -> Candidates:
        """Known faces looked for around their last places, by the last network alone: 3 ms a face on one core.

        Its answers over windows a little beside each other are averaged, which also steadies the landmarks.

        Args:
            picture: ``(H, W, 3)`` uint8 RGB.
            boxes: ``(F, 4)`` where the faces were.

        Returns:
            One candidate for each box, in their order; whether a face is still there, ``scores`` and ``agreement``
            (both the mean score over the windows) say.
        """
        found = _nobody()
        answers = [self._followed(picture, box) for box in np.asarray(boxes, dtype=np.float32).reshape(-1, 4)]
        if not answers:
            return found
        placed, scores, landmarks = (np.stack(parts) for parts in zip(*answers, strict=True))
        return Candidates(placed, scores, landmarks, scores)

    def _followed(self, picture: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.float32, np.ndarray]:
        """``(4,)`` box, score and ``(5, 2)`` landmarks of one face."""
        square = _square(box[None])[0]
        side = square[2] - square[0]
        centre = (square[:2] + square[2:]) / 2 + side * np.array(_NUDGES)
        around = np.concatenate([centre - side / 2, centre + side / 2], axis=1).astype(np.float32)
        # Only the picture around the face is summed; beyond its edge the networks see grey, as in `find`.
        margin = int(side * 0.6) + 2
        low = np.floor(square[:2] - margin / 4).astype(int)
        high = np.ceil(square[2:] + margin / 4).astype(int)
        inside = np.clip(np.array([low, high]), 0, picture.shape[1::-1])
        nothing = box, np.float32(0), np.zeros((5, 2), dtype=np.float32)
        if (inside[1] <= inside[0]).any():
            return nothing
        part = picture[inside[0, 1] : inside[1, 1], inside[0, 0] : inside[1, 0]]
        before, after = inside[0] - low, high - inside[1]
        part = cv2.copyMakeBorder(
            part, before[1], after[1], before[0], after[0], cv2.BORDER_CONSTANT, value=(127, 127, 127)
        )
        with torch.inference_mode():
            around -= np.tile(low, 2)
            kept, windows = _windows(cv2.integral(part), around, 48, 0)
            if not len(kept):
                return nothing
            shifts, places, scores = self._forward(self._place, windows)
        around = around[kept]
        sides = around[:, 2:] - around[:, :2] + 1
        landmarks = places.reshape(-1, 2, 5).transpose(0, 2, 1) * sides[:, None] + around[:, None, :2] - 1 + low
        placed = (_shifted(around, shifts) + np.tile(low, 2)).mean(axis=0)
        return placed.astype(np.float32), scores[:, 1].mean(), landmarks.mean(axis=0).astype(np.float32)

    def _agreement(self, sums: np.ndarray, boxes: np.ndarray, reach: int) -> np.ndarray:
        """``(F,)`` the last network's mean score over fifteen windows around each box, and their mirror images."""
        if not len(boxes):
            return np.zeros(0, dtype=np.float32)
        centre = (boxes[:, :2] + boxes[:, 2:]) / 2
        longest = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
        centres = centre[:, None, None] + longest[:, None, None, None] * np.array(_NUDGES)[:, None]
        reaches = longest[:, None, None, None] * np.array(_SIZES)[:, None] / 2
        around = np.concatenate([centres - reaches, centres + reaches], axis=3).reshape(-1, 4)
        kept, windows = _windows(sums, around, 48, reach)
        scores = np.zeros(len(around), dtype=np.float32)
        for seen in (windows, np.ascontiguousarray(windows[..., ::-1])):
            scores[kept] += self._forward(self._place, seen)[2][:, 1] / 2
        return scores.reshape(len(boxes), -1).mean(axis=1)

    def _proposals(self, picture: np.ndarray, smallest: float) -> np.ndarray:
        """``(M, 4)`` float32 squares that may hold a face."""
        height, width = picture.shape[:2]
        image = torch.from_numpy(np.ascontiguousarray(picture)).to(self.device)
        image = image.permute(2, 0, 1)[None].float().contiguous()
        found: list[tuple[Tensor, Tensor, Tensor]] = []
        scale = _WINDOW / smallest
        while min(height, width) * scale >= _WINDOW:
            level = interpolate(image, size=(int(height * scale + 1), int(width * scale + 1)), mode="area")
            shifts, scores = self._propose((level - 127.5) / 128)
            rows, columns = torch.nonzero(scores[0, 1] >= THRESHOLDS[0], as_tuple=True)
            corners = torch.stack([columns, rows], dim=1).float() * 2
            boxes = torch.cat([((corners + 1) / scale).floor(), ((corners + _WINDOW) / scale).floor()], dim=1)
            kept = scores[0, 1, rows, columns]
            keep = nms(boxes, kept, 0.5)
            found.append((boxes[keep], kept[keep], shifts[0, :, rows, columns].T[keep]))
            scale *= PYRAMID_FACTOR
        if not found:
            return np.zeros((0, 4), dtype=np.float32)
        boxes, kept, shift = (torch.cat(parts) for parts in zip(*found, strict=True))
        keep = nms(boxes, kept, 0.7)[:_MOST_PROPOSALS]
        boxes, shift = boxes[keep], shift[keep]
        sides = boxes[:, 2:] - boxes[:, :2]
        return _square((boxes + shift * sides.repeat(1, 2)).cpu().numpy())

    def _forward(self, net: nn.Module, windows: np.ndarray) -> list[np.ndarray]:
        """The network's outputs for ``(M, 3, S, S)`` float32 windows, on the host."""
        parts = [
            [
                output.cpu().numpy()
                for output in net(torch.from_numpy(windows[start : start + _ROWS_AT_ONCE]).to(self.device))
            ]
            for start in range(0, len(windows), _ROWS_AT_ONCE)
        ]
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]


def _nobody() -> Candidates:
    empty = np.zeros((0, 4), dtype=np.float32)
    return Candidates(empty, empty[:, 0], np.zeros((0, 5, 2), dtype=np.float32), empty[:, 0])


def _surrounded(picture: np.ndarray, width: int) -> np.ndarray:
    """The picture with a grey border, which the networks read as zero."""
    return cv2.copyMakeBorder(picture, width, width, width, width, cv2.BORDER_CONSTANT, value=(127, 127, 127))


def _windows(sums: np.ndarray, boxes: np.ndarray, size: int, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes cut out, averaged down to ``size`` and normalised; boxes that lie outside the picture are dropped.

    The sums begin ``reach`` pixels left of and above the boxes' origin. A cell averages the pixels from
    ``floor(i * n / size)`` up to ``ceil((i + 1) * n / size)``: torch's ``area`` rule.

    Returns:
        Positions ``(M,)`` of the kept boxes, and their windows ``(M, 3, size, size)`` float32 about in [-1, 1].
    """
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    whole = np.trunc(boxes).astype(np.int64) + reach
    low = np.maximum(whole[:, :2], 1) - 1
    high = np.minimum(whole[:, 2:], (width, height))
    inside = np.flatnonzero(np.all(high > low, axis=1))
    low, length = low[inside], (high - low)[inside]
    cells = np.arange(size)
    begin = low[:, :, None] + cells * length[:, :, None] // size
    end = low[:, :, None] - (-(cells + 1) * length[:, :, None] // size)
    (left, top), (right, bottom) = begin.transpose(1, 0, 2)[:, :, None, :], end.transpose(1, 0, 2)[:, :, None, :]
    top, bottom = top.transpose(0, 2, 1), bottom.transpose(0, 2, 1)
    flat, stride = sums.reshape(-1, 3), width + 1
    # Sums of large pictures run over, and so do the differences, back to the right value.
    total = flat[bottom * stride + right]
    total -= flat[top * stride + right]
    total -= flat[bottom * stride + left]
    total += flat[top * stride + left]
    mean = total / ((bottom - top) * (right - left))[..., None].astype(np.float32)
    return inside, ((mean - 127.5) / 128).astype(np.float32).transpose(0, 3, 1, 2)


def _best(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> np.ndarray:
    """``(M,)`` bool: which boxes survive non-maximum suppression."""
    keep = np.zeros(len(boxes), dtype=bool)
    keep[nms(torch.from_numpy(boxes), torch.from_numpy(scores), overlap).numpy()] = True
    return keep


def _shifted(boxes: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Boxes moved by the network's fractions of their sides."""
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    return (boxes + shifts * np.tile(sides, 2)).astype(np.float32)


def _square(boxes: np.ndarray) -> np.ndarray:
    """Squares of the longer side around the same centres."""
    sides = boxes[:, 2:] - boxes[:, :2]
    longest = sides.max(axis=1, keepdims=True)
    corner = boxes[:, :2] + (sides - longest) / 2
    return np.concatenate([corner, corner + longest], axis=1).astype(np.float32)


def _without_nested(boxes: np.ndarray, scores: np.ndarray, overlap: float = 0.7) -> np.ndarray:
    """Indices, best first, without boxes that share more than ``overlap`` of the smaller area with a better one."""
    order = np.argsort(scores, kind="stable")[::-1]
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    area = sides[:, 0] * sides[:, 1]
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[rest, :2])
        high = np.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = np.prod(np.maximum(high - low + 1, 0), axis=1) / np.minimum(area[best], area[rest])
        order = rest[shared <= overlap]
    return np.array(kept, dtype=np.int64)
