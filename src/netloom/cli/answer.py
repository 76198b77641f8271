"""``netloom answer``: give a waiting node what it asked for."""

from __future__ import annotations

import json
from typing import Any

import click

from netloom.cli.command import Invocation, run_argument, verb


@verb("answer")
@run_argument()
@click.argument("node")
@click.argument("answer")
def command(invocation: Invocation, *, run: str, node: str, answer: str) -> None:
    """Answer a node that waits for a person.

    ANSWER is JSON, e.g. '{"approved": true}'; a plain word w stands for {"answer": "w"}.
    `netloom retry RUN` then goes on with the run, if no other program does.
    """
    version = invocation.open_workspace().answer(run, node, _parsed(answer))
    invocation.answer(
        {"run": run, "node": node, "version": version},
        lambda console: console.print(f"answered {node} (version {version})", markup=False),
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if text.lstrip().startswith(("{", "[")):
            raise click.BadParameter(
                f"not valid JSON: {error.msg} at column {error.colno}", param_hint="ANSWER"
            ) from error
        value = text
    return value if isinstance(value, dict) else {"answer": value}
