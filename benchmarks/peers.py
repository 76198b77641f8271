"""Peers of the benchmarks: each in a virtual environment of its own, made on first use."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / ".peers"


def peer_python(*requirements: str) -> Path:
    """Interpreter of an environment that holds exactly these requirements."""
    folder = _FOLDER / "-".join(r.replace("=", "") for r in requirements)
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        print(f"Installing {', '.join(requirements)} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *requirements]
        subprocess.run(command, check=True, stdout=sys.stderr)
        (folder / ".ready").touch()
    return python


def peer_json(python: Path, code: str, *arguments: str) -> Any:
    """Run code in a peer's environment; it prints one JSON document last."""
    command = [str(python), "-c", code, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def row(claim: str, measured: Sequence[float], unit: str, **facts: Any) -> dict[str, Any]:
    """One result: median and spread of the repetitions."""
    return {
        "claim": claim,
        "median": round(statistics.median(measured), 6),
        "min": round(min(measured), 6),
        "max": round(max(measured), 6),
        "unit": unit,
        "repetitions": len(measured),
        **facts,
    }
