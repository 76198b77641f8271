"""File names as text that Parquet and JSON can hold, whatever encoding they are in."""

from __future__ import annotations

import os
from urllib.parse import quote_from_bytes, unquote_to_bytes

_BYTES_PREFIX = "bytes:"


def text_from_path(path: str) -> str:
    """A file name as text that Parquet and JSON can hold, also if it is no valid UTF-8.

    Names from old archives may be in another encoding; their bytes are then kept percent-escaped.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        return _BYTES_PREFIX + quote_from_bytes(os.fsencode(path))
    if path.startswith(_BYTES_PREFIX):
        return _BYTES_PREFIX + quote_from_bytes(path.encode())
    return path


def path_from_text(text: str) -> str:
    """Inverse of :func:`text_from_path`."""
    if text.startswith(_BYTES_PREFIX):
        return os.fsdecode(unquote_to_bytes(text.removeprefix(_BYTES_PREFIX)))
    return text


def readable_name(name: str) -> str:
    """A class name as text; a folder name that is no UTF-8 is most often GBK."""
    text = text_from_path(name)
    if text == name:
        return name
    content = path_from_text(text).encode(errors="surrogateescape")
    return content.decode("gbk", errors="replace")
