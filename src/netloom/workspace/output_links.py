"""Links from a run's folder to the artifacts its nodes gave: ``runs/<id>/outputs/<node>.<port>``.

They are relative, so that a workspace can be moved; where links cannot be made they are left out, because
the records and the artifacts are what counts.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from netloom.core.identifiers import ArtifactId, NodeId
from netloom.workspace.results import NodeResult

FOLDER = "outputs"


def link_outputs(
    run_folder: Path, nodes: Mapping[NodeId, NodeResult], folder_of: Callable[[ArtifactId], Path]
) -> None:
    """Make the links of all outputs there are, replacing those of an earlier attempt."""
    folder = run_folder / FOLDER
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        for node, result in nodes.items():
            for port, output in result.outputs.items():
                link = folder / link_name(node, port)
                target = os.path.relpath(folder_of(output.artifact), folder)
                if not link.is_symlink() or str(link.readlink()) != target:
                    link.unlink(missing_ok=True)
                    link.symlink_to(target)


def link_name(node: str, port: str) -> str:
    """File name of the link of an output; ``/`` of nested ids becomes ``~``."""
    return f"{node.replace('/', '~')}.{port}"
