from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from netloom.tracking.environment import git_revision, installed_packages


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository_folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-b", "main")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-m", "first")
    return tmp_path


def test_versions_agree_with_the_metadata():
    found = installed_packages(sys.path)
    for name in ("sqlalchemy", "numpy", "typing-extensions", "ruamel-yaml"):
        key = name if name in found else name.replace("-", ".")
        assert found[key] == importlib.metadata.version(name)


def test_the_first_folder_wins_and_odd_names_are_passed_over(tmp_path):
    for folder, names in {
        "one": ["My_Package-1.0.dist-info", "old-0.3-py3.11.egg-info", "nameless.dist-info"],
        "two": ["my_package-2.0.dist-info", "code.py"],
    }.items():
        for name in names:
            (tmp_path / folder / name).mkdir(parents=True)
    folders = [str(tmp_path / "missing"), str(tmp_path / "one"), str(tmp_path / "two")]
    assert installed_packages(folders) == {"my-package": "1.0", "old": "0.3"}


def test_a_clean_and_a_changed_work_tree(repository_folder):
    clean = git_revision(repository_folder)
    assert clean is not None
    assert len(clean["commit"]) == 40
    assert (clean["branch"], clean["dirty"]) == ("main", False)
    (repository_folder / "untracked").write_text("")
    assert git_revision(repository_folder) == clean
    (repository_folder / "file").write_text("2")
    assert git_revision(repository_folder) == {**clean, "dirty": True}


def test_a_detached_head_has_no_branch(repository_folder):
    git(repository_folder, "checkout", "--detach")
    revision = git_revision(repository_folder)
    assert revision is not None
    assert revision["branch"] is None


def test_no_commit_no_repository_and_no_git_are_none(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_revision(tmp_path) is None
    git(tmp_path, "init")
    assert git_revision(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert git_revision(tmp_path) is None
