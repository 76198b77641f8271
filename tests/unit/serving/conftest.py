from __future__ import annotations

from pathlib import Path

import pytest

from netloom.inference.bundle_archive import pack
from netloom.serving.bundle_writing import BundleLabel, graph_folder_of, write_bundle

from .exported import write_exported
from .models import picture

LABEL = BundleLabel(name="light", version="1.2", created=1_600_000_000.0, run="run-1")


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an exported model."""
    return write_exported(tmp_path_factory.mktemp("served") / "exported")


@pytest.fixture(scope="session")
def bundle(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a bundle; not to be changed."""
    folder = tmp_path_factory.mktemp("served") / "bundle"
    graph_folder_of(exported, folder)
    write_bundle(folder, LABEL, sample=picture(200, kind=".jpg", side=32))
    return folder


@pytest.fixture(scope="session")
def archive(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle as a zip file; not to be changed."""
    file = tmp_path_factory.mktemp("served") / "light.zip"
    pack(bundle, file)
    return file
