"""The bundle process: makes one bundle for a server, which itself never loads torch.

    python -m netloom.workspace.bundles.process --workspace FOLDER --project FOLDER --run ID --file FILE

Prints a JSON document a line: ``{"step": …}`` for what is being done, at the end ``{"made": …}`` or
``{"refused": [diagnostics], "kind": …}``.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

from netloom.core.digests import digest_of_file
from netloom.core.errors import InvalidData, NetloomError, refusal

log = logging.getLogger(__name__)


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser()
    for name in ("workspace", "project", "file"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--run", required=True)
    given = parser.parse_args()
    try:
        tell({"made": made(given.workspace, given.project, given.run, given.file)})
    except NetloomError as error:
        tell(refusal(error))
    except Exception as error:  # an operator of the project's own, or a defect
        log.exception("no bundle could be made")
        reason = f"no bundle could be made: {type(error).__name__}: {error}"
        tell(refusal(InvalidData.of(reason, code="S156")))


def made(workspace: Path, project: Path, run: str, file: Path) -> dict[str, Any]:
    """Make it.

    Returns:
        ``{"name", "digest", "size_bytes", "models": [{"name", "task", "labels"}], "notes"}``.
    """
    from netloom.workspace.bundles.making import bundle_run
    from netloom.workspace.workspace import Workspace

    opened = Workspace.open(workspace, project=project, create=False)
    written = bundle_run(opened, run, file, on_step=lambda step: tell({"step": step}))
    return {
        "name": written.bundle.name,
        "digest": digest_of_file(file),
        "size_bytes": file.stat().st_size,
        "models": [
            {"name": name, **model.model_dump(mode="json", exclude={"runtime"})}
            for name, model in written.bundle.models.items()
        ],
        "notes": [note.to_json() for note in written.notes],
    }


def tell(document: dict[str, Any]) -> None:
    """Say something to whoever started the process."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
