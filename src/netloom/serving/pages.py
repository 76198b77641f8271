"""The page on which the models can be tried: files of our own, nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from netloom.serving.messages import Answer

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/try.js": ("try.js", "text/javascript; charset=utf-8"),
    "/rows.js": ("rows.js", "text/javascript; charset=utf-8"),
    "/try.css": ("try.css", "text/css; charset=utf-8"),
}

PATHS = tuple(_FILES)


@cache
def page(path: str) -> Answer:
    """One of the files."""
    name, media_type = _FILES[path]
    content = files("netloom.serving").joinpath("page", name).read_bytes()
    return Answer(200, content, media_type, (("content-security-policy", _POLICY),))
