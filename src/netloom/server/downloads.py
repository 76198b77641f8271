"""Files as answers: with ranges, as attachments, and never as part of our own pages."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse, Response

from netloom.server.headers import SANDBOX

_SHOWN = ("image/png", "image/jpeg", "image/webp", "image/gif", "text/plain", "text/html")
"""Types a browser may show in place; the sandbox keeps scripts of all of them from running."""
_TEXTS = {".yaml", ".yml", ".json", ".jsonl", ".csv", ".md", ".log", ".py", ".toml"}

FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file."},
    206: {"content": {"application/octet-stream": {}}, "description": "The range asked for."},
    416: {"description": "The file has no such range."},
}


ZIP_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {}}, "description": "The zip file."},
}


def packed(content: bytes, *, name: str) -> Response:
    """A small zip file that was made for the answer.

    Args:
        name: Made of ids alone: it is not quoted.
    """
    return Response(
        content,
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": SANDBOX,
        },
    )


def download(path: Path, *, inline: bool = False) -> FileResponse:
    """A file's bytes; ``Range`` and ``If-Range`` are honoured.

    Args:
        inline: For showing it in a frame; types that are not harmless are sent as attachments all the same.
    """
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    media_type = "text/plain" if path.suffix in _TEXTS else guessed
    is_shown = inline and media_type in _SHOWN
    return FileResponse(
        path,
        media_type=media_type,
        filename=path.name,
        content_disposition_type="inline" if is_shown else "attachment",
        headers={"Content-Security-Policy": SANDBOX},
    )
