"""Settings come from the project file and the command line; what cannot be is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from netloom.core.errors import Conflict, InvalidInput
from netloom.server.settings import ServerSettings, read_settings
from netloom.serving.sockets import listening_socket, url_of


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "netloom.toml").write_text('[server]\nport = 9000\nsign_up = "open"\n')
    settings = read_settings(tmp_path, port=9001, host=None)
    assert (settings.port, settings.sign_up, settings.host) == (9001, "open", "127.0.0.1")


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == ServerSettings()


@pytest.mark.parametrize(
    "text",
    ["[server]\nprot = 1\n", '[server]\nsign_up = "maybe"\n', "server = 3\n", "[server\n"],
)
def test_what_is_wrong_in_the_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "netloom.toml").write_text(text)
    with pytest.raises(InvalidInput) as refusal:
        read_settings(tmp_path)
    (problem,) = refusal.value.diagnostics
    assert problem.code == "W512"
    assert problem.place.file == str(tmp_path / "netloom.toml")


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("box", False)],
)
def test_what_only_this_machine_can_reach(host: str, is_loopback: bool) -> None:
    assert ServerSettings(host=host).is_loopback == is_loopback


def test_a_port_that_is_taken_is_told() -> None:
    with listening_socket("127.0.0.1", 0) as first:
        taken = first.getsockname()[1]
        assert url_of(first) == f"http://127.0.0.1:{taken}"
        with pytest.raises(Conflict) as refusal:
            listening_socket("127.0.0.1", taken)
    assert refusal.value.diagnostics[0].code == "S122"
