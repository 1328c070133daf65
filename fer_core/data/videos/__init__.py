"""A user's own videos, with one label per second, as a data set of face crops.

Paper: Asaeda & Takemura, VISAPP 2025, 4.1: video of 640 x 480 pixels at 10 fps, one label per second, faces cut to
160 x 160 by MTCNN, small faces and other people removed.
"""

from fer_core.data.videos.cutting import CutOptions
from fer_core.data.videos.preparing import find_videos, prepare_videos, write_report

__all__ = ["CutOptions", "find_videos", "prepare_videos", "write_report"]
