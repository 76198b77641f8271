"""``netloom``: the command line. Each command lives in a module that is imported when it is used."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from keyword import iskeyword
from typing import cast

import click

from netloom.cli.help_text import VerbGroup

SECTIONS: dict[str, dict[str, str]] = {
    "Start": {
        "up": "Serve the workbench in the browser.",
        "init": "Make a new project folder that runs at once.",
        "operators": "List the operators a pipeline can use, or show one.",
        "schema": "Print the JSON Schema of pipeline files, for editors.",
        "import": "Convert what was written for another program into a pipeline file.",
    },
    "Pipelines": {
        "validate": "Check a pipeline file without running anything.",
        "plan": "Show what a run would do: what runs, what is reused, and why.",
        "run": "Run a pipeline; results that are still valid are reused.",
        "forecast": "Tell how long a training would take, and how much memory and disk space.",
        "why": "Explain why a node would run or be reused.",
        "explain": "Show where every value of a pipeline file comes from.",
    },
    "Runs": {
        "runs": "List runs, newest first.",
        "show": "Show one run and its nodes.",
        "logs": "Print what a node of a run wrote.",
        "metrics": "Print the metrics of a run.",
        "diff": "Compare two runs: settings, data, code and metrics.",
        "cancel": "Stop a run.",
        "retry": "Continue a failed or cancelled run where it stopped.",
        "rewind": "Go back to an older checkpoint of a training.",
        "reproduce": "Run a run again from its capsule and compare the results.",
        "answer": "Answer a node that waits for a person.",
    },
    "Data": {
        "data": "Look into annotated pictures, or write them in another format.",
    },
    "Models": {
        "predict": "Apply a trained model, or all models of a run, to images or tables.",
        "export": "Write a trained model as a folder that runs without PyTorch.",
        "serve": "Serve trained models over HTTP.",
        "bundle": "Write what a run trained as a zip file that serves by itself.",
        "deploy": "Serve what a run trained on this machine, from now on.",
        "deployments": "Look after what the workspace's server serves.",
    },
    "Workspace": {
        "gc": "Free disk space: preview, or delete with --yes.",
        "doctor": "Check that this machine and workspace are in order.",
        "completion": "Print the script that completes commands in your shell.",
    },
}

COMMANDS = {name: help for section in SECTIONS.values() for name, help in section.items()}


class LazyGroup(VerbGroup):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"netloom.cli.{name}")
        return cast("click.Command", module.command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from netloom.core.diagnostics import did_you_mean

            hint = did_you_mean(args[0], COMMANDS) or "`netloom --help` lists all commands."
            raise click.UsageError(f"There is no command {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()), col_max=14)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from netloom.cli.exit_codes import MEANINGS

        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in MEANINGS.items()])


@click.group(cls=LazyGroup, invoke_without_command=False)
@click.version_option(package_name="netloom", prog_name="netloom")
def cli() -> None:
    """Netloom runs deep-learning pipelines: one file describes data, model, training and evaluation.

    Only what changed is computed again, and every run can be looked at, compared and reproduced.
    Begin with `netloom init`, then `netloom run pipelines/digits.yaml`.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``netloom`` program: run one command and exit with its code."""
    # Start-up makes many objects that live on; looking for garbage among them costs a tenth of it.
    gc.set_threshold(50_000, 20, 20)
    words = list(sys.argv[1:] if arguments is None else arguments)
    code = call(words)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    # Everything is closed by now. Taking the interpreter apart object by object would only cost time.
    os._exit(code)


def call(words: list[str]) -> int:
    """Run one command line and return its exit code; no error leaves as a traceback."""
    as_json, debug = "--json" in words, "--debug" in words
    try:
        result = cli.main(words, prog_name="netloom", standalone_mode=False)
    except BrokenPipeError:
        # The reader went away (`netloom logs | head`); keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the one place where errors become exit codes
        return _ended_by(error, as_json=as_json, debug=debug)
    except KeyboardInterrupt:
        return _interrupted(as_json=as_json)
    return int(result or 0)


def _ended_by(error: Exception, *, as_json: bool, debug: bool) -> int:
    from netloom.cli.exit_codes import ExitCode
    from netloom.cli.problems import report_error, report_message
    from netloom.cli.reader_language import told
    from netloom.core.errors import NetloomError

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.Abort):
        return _interrupted(as_json=as_json)
    if debug:
        traceback.print_exception(error)
    if isinstance(error, NetloomError):
        return report_error(error, as_json=as_json)
    if isinstance(error, click.ClickException):
        hint = told(f"Try `{_command_path(error)} --help`.")
        message = told(error.format_message())
        return report_message(
            "InvalidCommand", message, ExitCode.INVALID, as_json=as_json, hint=hint
        )
    message = f"Netloom itself failed: {type(error).__name__}: {error}"
    hint = "This is a defect. --debug shows where it happened."
    return report_message("Defect", message, ExitCode.INTERNAL, as_json=as_json, hint=hint)


def _command_path(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return context.command_path if context else "netloom"


def _interrupted(*, as_json: bool) -> int:
    from netloom.cli.exit_codes import ExitCode
    from netloom.cli.problems import report_message

    return report_message("Interrupted", "Interrupted.", ExitCode.INTERRUPTED, as_json=as_json)


if __name__ == "__main__":
    main()
