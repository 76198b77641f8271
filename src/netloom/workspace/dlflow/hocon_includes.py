"""What a HOCON file includes, looked at before pyhocon reads it.

pyhocon would fetch URLs, import Python packages to find files in them, pass over files that do not exist, and
follow files that include each other until the stack is full. Here only files of this machine are allowed, and
every one of them must exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidInput

_LARGEST = 1_000_000
_MOST = 500
_COMMENT_LINE = re.compile(r"^[ \t]*(#|//)[^\n\r]*", re.MULTILINE)
# Found wherever it stands, even in a comment behind a value: rather one include too many is looked at than
# one too few.
_INCLUDE = re.compile(
    r'include\s*(?:required\s*\(\s*)?(?:(?P<kind>url|file|package)\s*\(\s*)?"(?P<target>(?:[^"\\\n]|\\.)*)"',
    re.IGNORECASE,
)
_IS_URL = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def texts_of(path: Path) -> dict[Path, str]:
    """The text of a file and those of all files it includes.

    Raises:
        InvalidInput: One cannot be read, includes itself, or includes what is not allowed.
    """
    found: dict[Path, str] = {}
    for number, (each, text) in enumerate(_texts(path, ()), start=1):
        if number > _MOST:
            raise InvalidInput.of(
                f"more than {_MOST} files are included", code="T383", place=Place(file=str(path))
            )
        found[each] = text
    return found


def included_files(path: Path, target: str, *, kind: str = "file") -> list[Path]:
    """Files that an include statement in ``path`` means.

    Raises:
        InvalidInput: It includes no file of this machine.
    """
    if kind.lower() != "file" or _IS_URL.match(target):
        raise InvalidInput.of(
            f"{target!r} is included from elsewhere",
            code="T382",
            place=Place(file=str(path)),
            expected='`include file("…")` with a file of this machine',
            fix="Save it beside this file and include that",
        )
    if "*" in target or "?" in target:
        anchor = Path(target).anchor
        return sorted(Path(anchor or path.parent).glob(target.removeprefix(anchor)))
    return [path.parent / target]


def _texts(path: Path, around: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    circle = (*around, path)
    if path.resolve() in {each.resolve() for each in around}:
        raise InvalidInput.of(
            "these files include each other in a circle",
            code="T383",
            got=" → ".join(str(each) for each in circle),
        )
    text = _text_of(path, included_by=around[-1] if around else None)
    yield path, text
    for match in _INCLUDE.finditer(_COMMENT_LINE.sub("", text)):
        for included in included_files(path, match["target"], kind=match["kind"] or "file"):
            yield from _texts(included, (*around, path))


def _text_of(path: Path, *, included_by: Path | None) -> str:
    place = Place(file=str(included_by or path))
    try:
        size = path.stat().st_size
        text = path.read_text(encoding="utf-8-sig") if size <= _LARGEST else ""
    except OSError as error:
        raise InvalidInput.of(
            f"{str(path)!r} cannot be read: {error.strerror or error}",
            code="T381",
            place=place,
            fix="Say the path as it is on this machine",
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput.of(f"{str(path)!r} is not UTF-8", code="T381", place=place) from error
    if size > _LARGEST:
        raise InvalidInput.of(
            f"{str(path)!r} is too large for a configuration",
            code="T381",
            place=place,
            expected="at most 1 MB",
        )
    return text
