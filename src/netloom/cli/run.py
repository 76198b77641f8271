"""``netloom run``: run a pipeline and watch it."""

from __future__ import annotations

from pathlib import Path

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.exit_codes import ExitCode
from netloom.cli.pipeline_options import PipelineChoice, pipeline_options, selection_options
from netloom.cli.watched_run import watch
from netloom.core.engines import ENGINES, EngineName


@verb("run")
@pipeline_options
@selection_options
@click.option("-d", "--description", default="", metavar="TEXT", help="A remark kept with the run.")
@click.option(
    "--scratch",
    "-ns",
    is_flag=True,
    help="A trial run: not listed by default and not kept by gc.",
)
@click.option(
    "--priority",
    default=0,
    show_default=True,
    help="Runs with a higher number get free devices first.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="What executes tables; the results are the same.  [default: that of netloom.toml, or duckdb]",
)
@click.option("--tensorboard", is_flag=True, help="Also write TensorBoard event files.")
def command(
    invocation: Invocation,
    *,
    file: Path,
    overlays: tuple[Path, ...],
    sets: tuple[str, ...],
    to: tuple[str, ...],
    start: tuple[str, ...],
    force: tuple[str, ...],
    description: str,
    scratch: bool,
    priority: int,
    engine: EngineName | None,
    tensorboard: bool,
) -> ExitCode:
    """Run a pipeline; results that are still valid are reused.

    \b
    netloom run digits.yaml                       run it
    netloom run digits.yaml --set fit.epochs=3    with one value changed
    netloom run digits.yaml -f quick.yaml         with another file merged over it
    netloom run digits.yaml --to score            only what the node "score" needs

    Ctrl-C stops the run; `netloom retry last` continues it. The exit code is 0 if everything
    succeeded, 1 if a job failed, 2 if the file is not valid, 6 if the run waits for a person.
    """
    from netloom.workspace.submission import RunOptions, Selection

    workspace, loaded = PipelineChoice(file, overlays, sets).open(invocation)
    return watch(
        invocation,
        lambda on_event: workspace.run(
            loaded,
            Selection.of(to, start, force),
            RunOptions(description=description, scratch=scratch, priority=priority, engine=engine),
            tensorboard=tensorboard,
            on_event=on_event,
        ),
    )
