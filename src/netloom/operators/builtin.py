"""The catalogue of operators that ship with Netloom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import operator_code_hash
from netloom.graph.plugins import installed_entry_points, with_entry_points, with_files
from netloom.operators import (
    data,
    data_annotated,
    data_clips,
    data_selection,
    data_statistics,
    data_survey,
    data_tables,
    deployment,
    evaluation,
    image,
    image_augmentation,
    image_colour,
    image_function,
    image_policies,
    models,
    models_dense,
    models_detection,
    models_enhancement,
    models_reading,
    models_reuse,
    models_tabular,
    models_text_detection,
    models_video,
    stages,
    tables,
    tables_evaluation,
    tables_features,
    tables_out,
    tables_prediction,
    tables_shaping,
    tables_training,
    training,
)

MODULES = (
    data,
    data_tables,
    data_annotated,
    data_clips,
    data_selection,
    data_statistics,
    data_survey,
    image,
    image_augmentation,
    image_colour,
    image_policies,
    image_function,
    tables,
    tables_shaping,
    tables_features,
    models_tabular,
    tables_training,
    tables_evaluation,
    tables_prediction,
    tables_out,
    models,
    models_dense,
    models_detection,
    models_enhancement,
    models_reading,
    models_reuse,
    models_text_detection,
    models_video,
    training,
    stages,
    evaluation,
    deployment,
)
"""Operator modules of this package, in palette order."""

CATALOGUE = f"{__name__}:catalogue"
"""Import path of :func:`catalogue`, for workers."""


def builtin_catalogue() -> Catalogue:
    """Only what ships with Netloom."""
    catalogue = Catalogue()
    for module in MODULES:
        catalogue = catalogue.with_module(module)
    return catalogue


def catalogue(files: Sequence[Path] = ()) -> Catalogue:
    """Built-in operators, those of installed packages, and those that Python files define.

    Args:
        files: A project's operator files (see ``project_operator_files``) and any others.
    """
    return with_files(with_entry_points(builtin_catalogue()), files)


def before_fork() -> None:
    """Fill the caches that every forked worker inherits; the fork-server calls this once."""
    installed_entry_points()
    for operator in builtin_catalogue():
        operator_code_hash(operator)
