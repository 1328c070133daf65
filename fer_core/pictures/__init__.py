"""Pictures found in files, folders and zips, and opened safely. Torch-free."""

from fer_core.pictures.finding import MAX_MEMBERS, PICTURE_EXTENSIONS, PictureSource, find_in_upload, find_pictures
from fer_core.pictures.opening import MAX_BYTES, MAX_PIXELS, UnreadablePicture, open_picture, read_bytes

__all__ = [
    "MAX_BYTES",
    "MAX_MEMBERS",
    "MAX_PIXELS",
    "PICTURE_EXTENSIONS",
    "PictureSource",
    "UnreadablePicture",
    "find_in_upload",
    "find_pictures",
    "open_picture",
    "read_bytes",
]
