"""PyAV, imported when a video is opened for the first time; and what may be opened with it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from netloom.core.errors import InvalidData

_CONTAINERS = (
    "mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "mpeg", "asf",
    "flv", "ogg",
)  # fmt: skip
"""Kinds of files that hold pictures themselves. Playlists name other files and addresses: never opened."""


def video_library() -> ModuleType:
    """PyAV.

    Raises:
        InvalidData: It is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise InvalidData.of(
            "video files are read by PyAV, which is not installed",
            code="I630",
            fix="Run pip install 'netloom[video]'; folders of frames are read without it",
        ) from error
    return av


def opened_container(source: Any) -> Any:
    """A file, by its path or as a stream of bytes, opened for reading. Close it.

    Raises:
        InvalidData: PyAV is missing.
        OSError, ValueError: It is no video, or damaged.
    """
    av = video_library()
    allowed = {"format_whitelist": ",".join(_CONTAINERS), "protocol_whitelist": "file"}
    return av.open(source, options=allowed, metadata_errors="ignore")
