"""A folder to write data sets into, and somebody to tell about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.reporter import SilentReporter


@pytest.fixture
def reporter(tmp_path: Path) -> SilentReporter:
    return SilentReporter(tmp_path / "checkpoints")


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder
