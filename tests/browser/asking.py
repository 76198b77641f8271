"""What programs outside of the workbench say to what is deployed."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any


def ask(address: str, content: bytes, token: str = "") -> Any:
    """As a program does with curl."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps({"image": base64.b64encode(content).decode()}).encode()
    request = urllib.request.Request(address, body, headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)
