"""Which bundles may go: old ones that no deployment needs. They are made again when somebody asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from netloom.workspace.layout import Layout

KEPT_FOR_S = 7 * 24 * 3600.0
_ABANDONED_AFTER_S = 24 * 3600.0


def dispensable_bundles(layout: Layout, *, needed: Collection[str], now: float) -> Iterator[Path]:
    """Files of bundles, and folders in which some were being made when their server died.

    Args:
        needed: Digests of bundles that stay, however old they are.
    """
    for path in sorted(layout.bundles.glob("*.zip")):
        if path.stem not in needed and now - path.stat().st_mtime > KEPT_FOR_S:
            yield path
    for path in sorted(layout.bundles.glob(".making-*")):
        if now - path.stat().st_mtime > _ABANDONED_AFTER_S:
            yield path
