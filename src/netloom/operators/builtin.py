"""The catalogue of operators that ship with Netloom."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

from netloom.graph.catalogue import Catalogue
from netloom.graph.plugins import with_entry_points, with_files

MODULES = ("data", "image", "models", "training")
"""Operator modules of this package, in palette order."""

CATALOGUE = f"{__name__}:catalogue"
"""Import path of :func:`catalogue`, for workers."""


def builtin_catalogue() -> Catalogue:
    """Only what ships with Netloom."""
    catalogue = Catalogue()
    for name in MODULES:
        module = importlib.import_module(f"{__package__}.{name}")
        catalogue = catalogue.with_module(module)
    return catalogue


def catalogue(files: Sequence[Path] = ()) -> Catalogue:
    """Built-in operators, those of installed packages, and those that Python files define.

    Args:
        files: A project's operator files (see ``project_operator_files``) and any others.
    """
    return with_files(with_entry_points(builtin_catalogue()), files)
