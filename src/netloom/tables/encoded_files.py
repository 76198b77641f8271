"""Which feature map encoded a file."""

from __future__ import annotations

from collections.abc import Mapping

from netloom.core.errors import InvalidData
from netloom.tables.features.encoding import CHECKSUM_KEY


def check_encoded(path: str, metadata: Mapping[bytes, bytes] | None, checksum: str) -> None:
    """Raise InvalidData unless the footer of a file says that the map of this checksum encoded it.

    >>> check_encoded("a.parquet", {b"netloom.feature_map": b"f00"}, "f00")
    """
    found = (metadata or {}).get(CHECKSUM_KEY.encode())
    if found != checksum.encode():
        raise InvalidData.of(
            f"{path} was not encoded with the feature map that is used here",
            code="T314",
            expected=f"checksum {checksum}",
            got="none" if found is None else f"checksum {found.decode()}",
            fix="Encode the table with this map; to predict, it may also be given as it was before encoding",
        )
