"""``python -m netloom.serving``: ``netloom-runtime`` where it is not installed as a command."""

from __future__ import annotations

import sys

from netloom.serving.command import main

if __name__ == "__main__":
    sys.exit(main())
