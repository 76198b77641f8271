"""Members choose files of the server's machine from a list; the server's settings say where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_members_see_the_project_folder_and_nothing_of_the_workspace(
    new_site: Callable[..., Any],
) -> None:
    site = new_site()
    found = site.get("ada", "/files").json()
    assert found == {
        "path": ".",
        "parent": None,
        "roots": ["."],
        "entries": [
            {"name": "operators", "path": "operators", "is_folder": True, "size_bytes": None},
            {"name": "netloom.toml", "path": "netloom.toml", "is_folder": False, "size_bytes": 0},
        ],
        "is_complete": True,
    }
    inside = site.get("ada", "/files", params={"path": "operators"}).json()
    assert (inside["parent"], [each["name"] for each in inside["entries"]]) == (".", ["small.py"])
    assert site.get("ada", "/files", params={"path": ".netloom"}).status_code == 404
    assert site.get("ada", "/files", params={"path": "/etc"}).status_code == 404


def test_who_may_only_look_or_run_sees_none(new_site: Callable[..., Any]) -> None:
    site = new_site()
    for who in ("vera", "ada/read", "ada/run"):
        assert site.get(who, "/files").status_code == 403


def test_an_administrator_can_close_all_folders(new_site: Callable[..., Any]) -> None:
    refused = new_site(browse=()).get("ada", "/files")
    assert refused.status_code == 404
    assert refused.json()["diagnostics"][0]["code"] == "S130"
