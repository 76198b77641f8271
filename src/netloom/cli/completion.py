"""``netloom completion``: the script that completes commands, options and run ids in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from netloom.cli.command import Invocation, verb

_WHERE = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/completions/netloom.fish",
}


@verb("completion")
@click.argument("shell", type=click.Choice(list(_WHERE)))
def command(invocation: Invocation, *, shell: str) -> None:
    """Print the script that completes commands in your shell.

    \b
    bash   netloom completion bash >> ~/.bashrc
    zsh    netloom completion zsh  >> ~/.zshrc
    fish   netloom completion fish >  ~/.config/fish/completions/netloom.fish
    """
    from netloom.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(cli, {}, "netloom", "_NETLOOM_COMPLETE").source()
    invocation.answer(
        {"shell": shell, "file": _WHERE[shell], "script": script},
        lambda console: console.out(script, highlight=False),
    )
