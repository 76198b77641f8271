from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.locations import (
    anchored,
    artifact_location,
    artifact_of,
    is_own,
    local_path,
)


def test_locations_in_artifacts_are_written_and_read() -> None:
    assert artifact_location("abc") == "artifact:abc"
    assert artifact_location("abc", "a/b.txt") == "artifact:abc/a/b.txt"
    assert artifact_of("artifact:abc/a/b.txt") == "abc"
    assert artifact_of("path:abc/a") is None


def test_own_locations_are_seen_from_outside() -> None:
    assert is_own("self:a.txt")
    assert anchored("self:a.txt", "abc") == "artifact:abc/a.txt"
    assert anchored("path:a.txt", "abc") == "path:a.txt"


def test_paths_of_users_start_at_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert local_path("path:data/a", tmp_path) == tmp_path / "data" / "a"
    assert local_path("path:/data/a", tmp_path) == Path("/data/a")
    assert local_path("path:~/a", Path("/elsewhere")) == tmp_path / "a"
    assert local_path("path:data/a") == Path("data/a")
    with pytest.raises(ValueError, match="not a path"):
        local_path("artifact:abc")
