"""What programs outside of the workbench say to what is deployed."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any


def ask(address: str, content: bytes, token: str = "") -> Any:
    """As a program does with curl."""
    return _answer(address, {"image": base64.b64encode(content).decode()}, token)


def ask_rows(address: str, rows: list[dict[str, Any]], token: str = "") -> Any:
    """As a program does that has rows of a table."""
    return _answer(address, {"rows": rows}, token)


def _answer(address: str, question: dict[str, Any], token: str) -> Any:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(address, json.dumps(question).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)
