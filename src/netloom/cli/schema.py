"""``netloom schema``: the JSON Schema of pipeline files."""

from __future__ import annotations

from pathlib import Path

import click

from netloom.cli.command import Invocation, print_json, verb


@verb("schema")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file."
)
def command(invocation: Invocation, *, out: Path | None) -> None:
    """Print the JSON Schema of pipeline files, for editors.

    It knows every operator of this project, so an editor with a YAML language server completes and
    explains operators, ports and settings. Name it in the first line of a pipeline file:

    \b
    # yaml-language-server: $schema=../pipeline.schema.json
    """
    from netloom.core.digests import canonical_json
    from netloom.core.files import write_json
    from netloom.graph.pipeline_file.json_schema import pipeline_schema

    workspace = invocation.open_workspace()
    document = pipeline_schema(workspace.catalogue)
    if out is None:
        print_json(document)
        return
    write_json(out, document)
    invocation.answer(
        {"file": str(out), "size_bytes": len(canonical_json(document))},
        lambda console: console.print(f"wrote {out}", markup=False),
    )
