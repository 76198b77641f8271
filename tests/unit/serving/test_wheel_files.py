"""Libraries that go into a bundle: exactly those that are pinned, or a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.errors import InvalidData
from netloom.core.version import own_version
from netloom.serving.runtime_wheel import wheel_name, write_runtime
from netloom.serving.wheel_files import MADE_FOR_FILE, fetch_wheels


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that has the runtime and nothing else."""
    folder = tmp_path / "index"
    folder.mkdir()
    write_runtime(folder)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("PIP_CONSTRAINT", raising=False)
    return folder


def test_what_is_pinned_is_fetched_and_says_what_it_fits(index: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"netloom-runtime=={own_version()}\n")
    size = fetch_wheels(requirements, tmp_path / "wheels")
    assert sorted(path.name for path in (tmp_path / "wheels").iterdir()) == [
        MADE_FOR_FILE,
        wheel_name(),
    ]
    assert (tmp_path / "wheels" / MADE_FOR_FILE).read_text().startswith("Python 3.")
    assert size >= (index / wheel_name()).stat().st_size


def test_what_no_index_has_is_named(index: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("netloom-runtime==0.0.0.dev0\n")
    with pytest.raises(InvalidData, match=r"netloom-runtime==0\.0\.0\.dev0") as raised:
        fetch_wheels(requirements, tmp_path / "wheels")
    assert raised.value.diagnostics[0].code == "I499"
