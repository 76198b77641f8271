"""Digests of files, folders and JSON values: the basis of content addressing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_CHUNK_BYTES = 1 << 20


def digest_of_bytes(content: bytes | memoryview) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def digest_of_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content, read in chunks."""
    sha = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            sha.update(chunk)
    return sha.hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text.

    Raises:
        TypeError: The value holds something JSON cannot express.
        ValueError: The value holds NaN or infinity.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest_of_json(value: Any) -> str:
    """Hexadecimal SHA-256 of a value's canonical JSON."""
    return digest_of_bytes(canonical_json(value).encode())


def files_below(folder: Path) -> Iterator[Path]:
    """Regular files below a folder in a stable order. Symbolic links are not followed."""
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink():
            continue
        if entry.is_dir():
            yield from files_below(entry)
        elif entry.is_file():
            yield entry
