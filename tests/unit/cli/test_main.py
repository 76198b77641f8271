from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from netloom.cli import main
from netloom.cli.main import COMMANDS, call, cli

Captured = pytest.CaptureFixture[str]


def loaded(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_under_its_name_with_the_help_of_the_list(name: str) -> None:
    command = loaded(name)
    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_speaks_json_and_takes_a_workspace(name: str) -> None:
    command = loaded(name)
    commands = command.commands.values() if isinstance(command, click.Group) else [command]
    for each in commands:
        flags = {flag for parameter in each.params for flag in parameter.opts}
        assert {"--json", "--workspace", "-w", "--debug"} <= flags


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name: str) -> None:
    command = loaded(name)
    commands = command.commands.values() if isinstance(command, click.Group) else [command]
    unexplained = [
        option.name
        for each in commands
        for option in each.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert unexplained == []


def test_help_imports_no_command() -> None:
    program = (
        "import sys; from netloom.cli.main import call; call(['--help'])\n"
        f"names = [name for name in {list(COMMANDS)!r} if 'netloom.cli.' + name in sys.modules]\n"
        "print(names, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert all(name in done.stdout for name in COMMANDS)
    assert "Exit codes:" in done.stdout


def test_an_unknown_command_is_a_usage_error_with_a_suggestion(capsys: Captured) -> None:
    assert call(["rnu"]) == 2
    assert "Did you mean 'run'?" in capsys.readouterr().err


def test_a_usage_error_is_one_json_document_on_request(capsys: Captured) -> None:
    assert call(["runs", "--limit", "many", "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["error"]["kind"] == "InvalidCommand"
    assert "'many' is not a valid integer" in document["error"]["diagnostics"][0]["message"]


def test_a_defect_is_reported_without_a_traceback(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(main.cli, "main", broken)
    assert call(["runs", "--json"]) == 70
    written = capsys.readouterr()
    assert "Traceback" not in written.err
    assert "ZeroDivisionError: oh" in written.err
    assert json.loads(written.out)["error"]["exit_code"] == 70
    assert call(["runs", "--debug"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_interruption_has_its_own_code(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.cli, "main", interrupted)
    assert call(["runs"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_the_version_is_that_of_the_package(capsys: Captured) -> None:
    from importlib.metadata import version

    assert call(["--version"]) == 0
    assert capsys.readouterr().out == f"netloom, version {version('netloom')}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(capsys: Captured, shell: str) -> None:
    assert call(["completion", shell]) == 0
    assert "_NETLOOM_COMPLETE" in capsys.readouterr().out


def test_completion_suggests_commands() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "netloom.cli.main"],
        env={"_NETLOOM_COMPLETE": "bash_complete", "COMP_WORDS": "netloom re", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["plain,retry", "plain,rewind", "plain,reproduce"], done.stderr
