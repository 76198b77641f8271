"""Samples that belong into one part because knowing one tells about the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

PARENT = "parent"


def kept_together(table: pa.Table) -> list[str]:
    """A name for each sample, equal for those of the same content or cut out of the same picture.

    It goes on from one to the next: pieces of two pictures that have one piece in common stay together.

    Example:
        >>> import pyarrow as pa
        >>> kept_together(pa.table({"digest": ["x", "y", "y"], "parent": ["a", "a", "b"]}))
        ['y', 'y', 'y']
        >>> kept_together(pa.table({"digest": ["x", "y", "y"]}))
        ['x', 'y', 'y']
    """
    digests: list[str] = table["digest"].to_pylist()
    if PARENT not in table.column_names:
        return digests
    first: dict[str, str] = {}

    def root(name: str) -> str:
        while first.setdefault(name, name) != name:
            first[name] = name = first[first[name]]
        return name

    for digest, parent in zip(digests, table[PARENT].to_pylist(), strict=True):
        if parent is not None:
            # A colon tells ids of pictures apart from hexadecimal digests.
            first[root(f":{parent}")] = root(digest)
    return [root(digest) for digest in digests]
