"""``netloom import``: what was written for another program as a pipeline file."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, stderr, verb
from netloom.cli.help_text import VerbGroup
from netloom.core.errors import Conflict
from netloom.core.files import write_text

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.workspace.dlflow.conversion import Converted


@click.group("import", cls=VerbGroup)
def command() -> None:
    """Convert what was written for another program into a pipeline file."""


@verb("dlflow")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Pipeline file to write.  [default: print it]",
)
@click.option("--force", is_flag=True, help="Replace the pipeline file if there is one.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Over what the files say, as --conf in DLFlow. Repeatable.",
)
def dlflow(
    invocation: Invocation,
    *,
    files: tuple[Path, ...],
    output: Path | None,
    force: bool,
    assignments: tuple[str, ...],
) -> None:
    """Convert configurations of DLFlow and dmflow (HOCON), and say what became of each key.

    Later FILES lie over earlier ones. Nothing in them is executed, and no data are looked at. What has no
    counterpart is listed with what to do instead.

    \b
    netloom import dlflow conf/*.conf -o pipelines/daily.yaml
    netloom import dlflow train.conf --set FEATURE_DATE=20260131
    """
    from netloom.workspace.dlflow.conversion import convert

    converted = convert(files, assignments)
    if output is not None:
        if output.exists() and not force:
            raise Conflict.of(
                f"{str(output)!r} exists already",
                code="T391",
                fix="Say another file, or --force to replace it",
            )
        write_text(output, converted.text)
    document = {
        "name": converted.name,
        "file": str(output) if output else None,
        "pipeline": converted.text,
        "from": [str(path) for path in converted.files],
        "counts": converted.counts(),
        "keys": [outcome.to_json() for outcome in converted.outcomes],
        "netloom.toml": list(converted.engine),
    }
    invocation.answer(document, lambda console: _show(console, converted, output))


command.add_command(dlflow)


def _show(console: Console, converted: Converted, output: Path | None) -> None:
    """The report; beside the pipeline itself it goes to standard error."""
    report = console if output else stderr()
    if output is None:
        console.print(converted.text, markup=False, end="", soft_wrap=True)
    report.print("\n".join(_lines(converted, output)), markup=False, soft_wrap=True)


def _lines(converted: Converted, output: Path | None) -> list[str]:
    lines = [f"Wrote {output}."] if output else []
    for became, outcomes in itertools.groupby(converted.outcomes, key=lambda each: each.became):
        lines += ["", f"{became}:"]
        lines += [_line(outcome) for outcome in outcomes]
    if converted.engine:
        lines += ["", "For Spark, in netloom.toml:", *(f"  {line}" for line in converted.engine)]
    if output:
        lines += ["", f"next: netloom validate {output}"]
    return lines


def _line(outcome: Any) -> str:
    place = f"  ({outcome.place})" if outcome.place.file else ""
    return f"  {outcome.key}: {outcome.says}{place}"
