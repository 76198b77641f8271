"""A new folder that a data set is written into: texts, masks and copies of pictures."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from netloom.core.files import storage_errors
from netloom.data.path_text import readable_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TargetFolder:
    """Writes below a folder.

    Args:
        root: An empty folder.
        source: Where the paths of pictures start.
    """

    def __init__(self, root: Path, *, source: Path) -> None:
        self._root = root
        self._source = source

    def copy(self, path: str, to: str) -> None:
        """Copy a file of the source; a folder with what lies directly in it."""
        source, target = self._source / path, self._place(to)
        with storage_errors(target):
            if source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                for entry in sorted(source.iterdir()):
                    if entry.is_file() and not entry.is_symlink():
                        shutil.copyfile(entry, target / entry.name)
            else:
                shutil.copyfile(source, target, follow_symlinks=False)

    def text(self, path: str, content: str) -> None:
        """Write UTF-8 text."""
        self.bytes(path, content.encode("utf-8", errors="surrogateescape"))

    def lines(self, path: str, lines: Iterable[str]) -> None:
        r"""Write lines, each ended by ``\n``."""
        self.text(path, "".join(f"{line}\n" for line in lines))

    def json(self, path: str, document: Any) -> None:
        """Write a JSON document."""
        self.text(path, json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")

    def bytes(self, path: str, content: bytes) -> None:
        """Write a file."""
        target = self._place(path)
        with storage_errors(target):
            target.write_bytes(content)

    def levels(
        self,
        path: str,
        levels_HW: NDArray[np.uint8],
        *,
        palette: Sequence[tuple[int, int, int]] | None = None,
    ) -> None:
        """Write a mask as PNG."""
        from netloom.data.mask_files import png_of_levels

        self.bytes(path, png_of_levels(levels_HW, palette=palette))

    def folder(self, path: str) -> None:
        """Make a folder, if there is none."""
        self._place(f"{path}/x")

    def _place(self, path: str) -> Path:
        target = self._root / path
        with storage_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        return target


def flat_names(paths: Sequence[str]) -> dict[str, str]:
    """A file name for each path, such that all of them can lie in one folder, also without their suffix.

    >>> sorted(flat_names(["a/1.png", "b/1.png", "b/2.png"]).values())
    ['2.png', 'a_1.png', 'b_1.png']
    """
    readable = {path: readable_name(path) for path in paths}
    seen: dict[str, int] = {}
    for path in readable.values():
        stem = PurePosixPath(path).stem.lower()
        seen[stem] = seen.get(stem, 0) + 1
    names: dict[str, str] = {}
    taken: set[str] = set()
    for path, text in readable.items():
        pure = PurePosixPath(text)
        name = pure.name if seen[pure.stem.lower()] == 1 else text.replace("/", "_")
        stem, suffix = os.path.splitext(name)  # noqa: PTH122 - of a name, not of a path
        number = 2
        while stem.lower() in taken:
            stem, number = f"{os.path.splitext(name)[0]}_{number}", number + 1  # noqa: PTH122
        taken.add(stem.lower())
        names[path] = stem + suffix
    return names
