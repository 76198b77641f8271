from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.errors import StorageFailed
from netloom.workspace.layout import Layout


def test_a_workspace_has_its_folders_and_is_ignored_by_git(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "w")
    layout.create()
    assert sorted(path.name for path in layout.root.iterdir()) == [
        ".gitignore",
        "artifacts",
        "results",
        "runs",
    ]


def test_a_place_where_no_folder_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "x")
    for root in (tmp_path / "file", tmp_path / "file" / "w", tmp_path / "dangling"):
        with pytest.raises(StorageFailed, match="--workspace"):
            Layout(root).create()
