"""``python -m netloom.server.description``: the API's OpenAPI document, without starting a server.

The front end's typed client is generated from it (`make web-api`).
"""

from __future__ import annotations

import json
import sys
import tempfile

from netloom.server.app import create_app
from netloom.workspace.workspace import Workspace


def main() -> None:
    """Print the document."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Workspace.open(folder), serves_runs=False)
        document = app.openapi()
        app.state.hosting.bench.close()
    json.dump(document, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
