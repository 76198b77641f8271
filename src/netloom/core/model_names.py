"""Which settings name a trained model: people call it by name, and runs know it by its content."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamesModel:
    """Beside the type of a text in a setting: it names a trained model of the workspace, or its folder.

    Before a graph is planned or run, a name becomes an artifact.

    Attributes:
        takes_rows: Whether the model is of tables rather than of pictures.
    """

    takes_rows: bool
