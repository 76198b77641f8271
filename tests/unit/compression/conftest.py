"""A small model package, shared by the tests of exporting."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A network for grey pictures of 8×6 pixels and three classes, as a model package."""
    from netloom.models.architecture import Architecture, ImageInput, LinearHead
    from netloom.models.network import build_network
    from netloom.models.package import PackageManifest, save_package
    from netloom.models.spec import ConvNet

    plan = Architecture(
        input=ImageInput(channels=1, height=8, width=6, mean=(0.4,), std=(0.2,)),
        backbone=ConvNet(widths=(4, 6)),
        head=LinearHead(outputs=3),
    )
    manifest = PackageManifest(
        task="image_classification", labels=("a", "b", "c"), architecture=plan
    )
    save_package(tmp_path / "model", manifest, build_network(plan, seed=0).state_dict())
    return tmp_path / "model"
