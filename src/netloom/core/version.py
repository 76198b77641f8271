"""The version of this package, for layers that must not know its public interface."""

from __future__ import annotations

import sys


def own_version() -> str:
    """Version of the package; whoever runs a module of it has loaded it.

    Example:
        >>> own_version().count(".") >= 2
        True
    """
    version: str = sys.modules["netloom"].__version__
    return version
