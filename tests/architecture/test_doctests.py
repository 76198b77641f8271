"""Examples in the docstrings of the deep-learning library print what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import netloom

PACKAGES = ("core", "data", "models", "tasks", "reports", "training", "compression", "inference")


def modules_with_examples() -> list[str]:
    root = Path(netloom.__file__).parent
    return sorted(
        info.name
        for package in PACKAGES
        for info in pkgutil.walk_packages([str(root / package)], f"netloom.{package}.")
        if ">>> " in _source(root, info.name)
    )


def _source(root: Path, name: str) -> str:
    path = root.joinpath(*name.split(".")[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_print_what_they_say(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0
