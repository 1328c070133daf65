"""Videos read frame by frame by their time stamps, and written for browsers. Torch-free.

What is decided here, once:

- The content decides the format, never the file's name, and only containers that hold their own frames are tried: a
  playlist that names other files or addresses is refused.
- A frame's time is its stamp, counted from the first frame. Rates in headers are not believed: phones vary theirs.
- The rotation flag and pixels that are not square are applied: pictures are upright and undistorted.
- A damaged packet costs its frames, which are counted; it never ends the reading.
- One frame is held at a time, whatever the length, and never a picture of more than `MOST_PIXELS`.
"""

from fer_core.video.decoding import MOST_PIXELS
from fer_core.video.reading import Frame, Frames, Video, open_video
from fer_core.video.writing import Recorder, write_video

__all__ = ["MOST_PIXELS", "Frame", "Frames", "Recorder", "Video", "open_video", "write_video"]
