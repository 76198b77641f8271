"""Which column of a table is which: the one that was named, or one that is called as people call it."""

from __future__ import annotations

from collections.abc import Sequence

from netloom.core.diagnostics import Diagnostic, Place, did_you_mean

IMAGE_PATHS = (
    "path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "img",
    "picture", "图片", "文件名", "路径",
)  # fmt: skip
IMAGES = ("image", "img", "picture", "photo", "jpg", "png", "bytes", "content", "图片")
LABELS = ("label", "class", "category", "target", "label_name", "class_name", "标签", "类别")
PARTS = ("part", "split")


def find_column(columns: Sequence[str], named: str | None, usual: Sequence[str]) -> str | None:
    """The column that was named, or else the first usual name there is, in any case; None without.

    >>> find_column(["File", "Label"], None, LABELS)
    'Label'
    """
    if named is not None:
        return named if named in columns else None
    by_lower = {column.lower(): column for column in reversed(columns)}
    return next((by_lower[name] for name in usual if name in by_lower), None)


def missing_column(
    what: str,
    columns: Sequence[str],
    named: str | None,
    usual: Sequence[str],
    *,
    setting: str,
    file: str,
    line: int | None = None,
) -> Diagnostic:
    """The problem that a column is not there.

    Args:
        what: What it would hold, for people.
        setting: Which setting names it.
    """
    message = f"there is no column {named!r}" if named else f"there is no column of {what}"
    return Diagnostic(
        code="I340",
        message=message,
        place=Place(setting=setting, file=file, line=line),
        expected=named or "a column called " + ", ".join(usual[:4]),
        got=", ".join(columns) or "nothing",
        fix=(did_you_mean(named, columns) if named else None) or f"Name it with {setting}",
    )
