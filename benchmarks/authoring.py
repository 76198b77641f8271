"""Editing a large pipeline in the browser: the server's part of one change, of many moves, of a check.

    python benchmarks/authoring.py [--nodes 100 1000] [--repeat 7]

Starts ``netloom up`` in a project of its own and asks over HTTP, as the canvas does: every answer holds the
text and everything known about it. Texts that the server has not seen differ in a comment. The peer,
plain ruamel.yaml loading and dumping the same text so that comments survive, tells what one round trip of
the text costs without any meaning. Rows are JSON.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
from peers import row
from ruamel.yaml import YAML
from server import read_document

GOALS_MS = {
    100: {"one edit": 60},
    1000: {"one edit": 300, "900 moves": 500, "check": 250, "plan": 400},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--repeat", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "netloom.toml").write_text("")
        process = subprocess.Popen(
            [sys.executable, "-m", "netloom.cli.main", "up", "--port", "0", "--json"],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            started = read_document(process)
            with httpx2.Client(base_url=started["url"], timeout=120) as client:
                client.get(started["link"])
                token = client.get("/api/v1/session").json()["csrf_token"]
                client.headers["X-CSRF-Token"] = token
                for num_nodes in chosen.nodes:
                    measure(client, num_nodes, chosen.repeat)
        finally:
            process.terminate()
            process.wait(20)


def measure(client: httpx2.Client, num_nodes: int, repeat: int) -> None:
    text = pipeline(num_nodes)
    assert asked(client, "/text/check", text=text)["is_valid"]
    fresh = unseen(text)
    edits = draft_edits(client, text)
    moves = [{"kind": "move_node", "node": f"fit{i}", "x": i, "y": 7} for i in range(8)]
    many = all_moves(text)
    actions: dict[str, Callable[[], Any]] = {
        "check": lambda: asked(client, "/text/check", text=next(fresh)),
        "one edit": lambda: next(edits),
        "one edit of a text not seen before": lambda: edited(client, next(fresh), [setting(9)]),
        "8 moves": lambda: edited(client, next(fresh), moves),
        f"{len(many)} moves": lambda: edited(client, next(fresh), many),
        "plan": lambda: asked(client, "/text/plan", text=next(fresh)),
        "peer: ruamel.yaml, load and dump": lambda: round_trip(text),
    }
    for name, action in actions.items():
        times = [seconds(action) * 1e3 for _ in range(repeat)]
        goal = GOALS_MS.get(num_nodes, {}).get(name)
        facts = {} if goal is None else {"goal": f"<= {goal}"}
        print(json.dumps(row(f"{name}, {num_nodes} nodes", times, "ms", **facts)))
        sys.stdout.flush()


def pipeline(num_nodes: int) -> str:
    """Chains of transforms, each with a training and an evaluation beside: three edges for two nodes."""
    nodes = ["  digits: {op: data.digits}", "  model: {op: models.image_classifier}"]
    places = ["  digits: [-320, 0]", "  model: [-320, 160]"]
    before = "digits"
    for block in range((num_nodes - 2) // 4):
        size, turn, fit, score = (f"{name}{block}" for name in ("size", "turn", "fit", "score"))
        nodes += [
            f"  # Block {block}: what it does to the images, and what it is good for.",
            f"  {size}: {{op: image.resize, images: {before}, size: 16}}",
            f"  {turn}: {{op: image.rotate, images: {size}, degrees: 10}}",
            f"  {fit}: {{op: train, model: model, dataset: {turn}, epochs: {block + 1}}}  # long",
            f"  {score}: {{op: evaluate, model: {fit}, dataset: {turn}}}",
        ]
        column, line = divmod(block, 25)
        for step, name in enumerate((size, turn, fit, score)):
            places.append(f"  {name}: [{(4 * column + step) * 320}, {line * 176}]")
        before = "digits" if line == 24 else turn
    lines = ["netloom: 1", f"name: {num_nodes} nodes", "nodes:", *nodes, "layout:", *places, ""]
    return "\n".join(lines)


def unseen(text: str) -> Iterator[str]:
    for number in itertools.count():
        yield f"{text}# {number}\n"


def draft_edits(client: httpx2.Client, text: str) -> Iterator[Any]:
    """One change after the other in a kept draft, as somebody makes them on the canvas."""
    made = client.post("/api/v1/pipelines", json={"text": text})
    made.raise_for_status()
    address, tag = f"/api/v1/pipelines/{made.json()['id']}/edits", made.headers["ETag"]
    for number in itertools.count(20):
        body = {"edits": [setting(number)]}
        answer = client.post(address, json=body, headers={"If-Match": tag})
        answer.raise_for_status()
        document, tag = answer.json(), answer.headers["ETag"]
        assert f"epochs: {number}" in document["pipeline"]["text"]
        assert document["sketch"]["is_valid"]
        yield document


def edited(client: httpx2.Client, text: str, edits: list[dict[str, Any]]) -> Any:
    return asked(client, "/text/edit", text=text, edits=edits)


def setting(value: int) -> dict[str, Any]:
    return {"kind": "set_setting", "node": "fit3", "setting": "epochs", "value": value}


def all_moves(text: str) -> list[dict[str, Any]]:
    names = [line.split(":")[0].strip() for line in text.split("layout:\n")[1].splitlines()]
    moved = names[: len(names) * 9 // 10]
    return [{"kind": "move_node", "node": n, "x": i, "y": 2 * i} for i, n in enumerate(moved)]


def asked(client: httpx2.Client, path: str, **body: Any) -> Any:
    answer = client.post(f"/api/v1{path}", json=body)
    answer.raise_for_status()
    return answer.json()


def round_trip(text: str) -> str:
    yaml = YAML()
    yaml.width = 100
    written = io.StringIO()
    yaml.dump(yaml.load(text), written)
    return written.getvalue()


def seconds(action: Callable[[], Any]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
