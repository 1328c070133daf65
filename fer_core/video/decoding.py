"""An opened video file: its packets and whole frames, errors counted instead of raised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.pictures import UnreadablePicture, open_picture

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MOST_PIXELS = 36_000_000
"""Above this many pixels a frame is refused: 8K has 33 million. Decoders keep several frames, so the limit is below
that of single pictures."""

_CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,h264,hevc,m4v,mpegvideo,ivf,dv,mxf,nut,rm"
"""FFmpeg's names of what is opened: cameras', phones' and browsers' containers, and none that refers to other files."""

_MOST_FAULTS = 100
"""Reading errors in a row after which the rest of a file is given up."""


class Decoder:
    """An open file whose errors are counted instead of raised.

    Raises:
        ValueError: no video that can be opened, in one sentence.
    """

    def __init__(self, path: Path) -> None:
        import av

        self.unreadable = 0
        self._fault = av.error.FFmpegError
        try:
            self.container: InputContainer = av.open(
                f"file:{os.fspath(path.resolve())}",
                options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except (self._fault, UnicodeError) as fault:
            raise ValueError(f"{path.name} {_what_it_is(path)}") from fault
        try:
            self.stream: VideoStream = self._choose(path)
        except ValueError:
            self.container.close()
            raise

    def _choose(self, path: Path) -> VideoStream:
        from av.stream import Disposition

        streams = [one for one in self.container.streams.video if not one.disposition & Disposition.attached_pic]
        if not streams:
            raise ValueError(f"{path.name} has no pictures, only {'sound' if self.container.streams.audio else 'data'}")
        stream = max(streams, key=lambda one: one.width * one.height)
        if stream.width * stream.height > MOST_PIXELS:
            raise ValueError(
                f"{path.name} claims frames of {stream.width} x {stream.height} pixels, more than the limit of "
                f"{MOST_PIXELS / 1e6:g} megapixels; save a smaller copy"
            )
        # Frames may grow on the way; and more threads hold more frames.
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = min(4, os.cpu_count() or 1)
        return stream

    def jump(self, stamp: float) -> bool:
        """Go to the last key frame before a stamp in seconds; False where the file does not allow it."""
        try:
            self.container.seek(int(stamp / (self.stream.time_base or Fraction(1))), stream=self.stream)
        except self._fault:
            return False
        return True

    def frames(self) -> Iterator[tuple[float | None, VideoFrame]]:
        """Stamps in seconds (None where a frame has none) and whole frames."""
        for packet in self._packets():
            try:
                frames = self.stream.codec_context.decode(packet)
            except self._fault:
                self.unreadable += 1
                continue
            for frame in frames:
                if frame.is_corrupt or frame.width * frame.height > MOST_PIXELS:
                    self.unreadable += 1
                    continue
                stamp = frame.pts if frame.pts is not None else frame.dts
                base = frame.time_base or self.stream.time_base
                yield (None if stamp is None or base is None else float(stamp * base)), frame

    def _packets(self) -> Iterator[Packet]:
        faults = 0
        while faults < _MOST_FAULTS:
            try:
                for packet in self.container.demux(self.stream):
                    faults = 0
                    yield packet
                return
            except self._fault:
                faults += 1
                self.unreadable += 1

    def close(self) -> None:
        """Gives the file back."""
        self.container.close()


def _what_it_is(path: Path) -> str:
    """The rest of the sentence for a file that no container reads."""
    try:
        open_picture(path)
    except UnreadablePicture:
        return "is not a video that can be read, or it is damaged or cut off; save or download it again"
    return "is a picture, not a video; use fer predict"
