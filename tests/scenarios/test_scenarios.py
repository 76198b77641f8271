"""Every file here is one situation; its header says what reading and checking it must find.

The header is the comment at the top of the file, one fact a line:

    # flag: vars.size=64                 --set flags
    # overlay: over.yaml                 overlay files (-f)
    # date: 2026-03-31                   what ${date:…} starts from
    # environment: NAME=value            what ${env:…} sees
    # operators: operators/mine.py       a file that defines operators
    # expect: D021 14 resized.size       a diagnostic: code, [file:]line, place in the graph
    # value: nodes.resized.size = 64     a resolved value, as JSON

The list of diagnostics must be exactly the ``expect`` lines, in their order; files without any must check
without a word. A situation of several files is a folder with a ``main.yaml``.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidPipeline
from netloom.graph.catalogue import Catalogue
from netloom.graph.pipeline_file.document import Document, load_document
from netloom.graph.pipeline_file.document_graph import graph_from_document
from netloom.graph.plugins import with_files
from netloom.graph.validation import check
from netloom.operators.builtin import builtin_catalogue

FOLDER = Path(__file__).parent
FACTS = {"flag", "overlay", "date", "environment", "operators", "expect", "value"}


def scenarios() -> list[Path]:
    return sorted([*FOLDER.glob("*.yaml"), *FOLDER.glob("*/main.yaml")])


def name_of(path: Path) -> str:
    return path.parent.name if path.name == "main.yaml" else path.stem


def header_of(path: Path) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        key, _, text = line.removeprefix("#").strip().partition(": ")
        if key in FACTS:
            facts[key].append(text.strip())
    return facts


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return builtin_catalogue()


@pytest.mark.parametrize("path", scenarios(), ids=name_of)
def test_scenario(path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    monkeypatch.setattr(sys, "path", list(sys.path))
    facts = header_of(path)
    catalogue = with_files(catalogue, map(Path, facts["operators"]))
    document, found = outcome(Path(path.name), facts, catalogue)
    assert [shown(diagnostic, path.name) for diagnostic in found] == facts["expect"], "\n".join(
        str(diagnostic) for diagnostic in found
    )
    for line in facts["value"]:
        where, _, text = line.partition(" = ")
        assert document is not None
        entry = document.entries.at(tuple(where.split(".")))
        assert (where, entry and entry.plain()) == (where, json.loads(text))


def outcome(
    path: Path, facts: dict[str, list[str]], catalogue: Catalogue
) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """The document, if it could be read, and everything that was found."""
    date = datetime.fromisoformat(facts["date"][0]) if facts["date"] else datetime(2026, 1, 1)
    try:
        document = load_document(
            path,
            overlays=facts["overlay"],
            sets=facts["flag"],
            now=date,
            environment=dict(line.split("=", 1) for line in facts["environment"]),
            catalogue=catalogue,
        )
    except InvalidPipeline as error:
        return None, error.diagnostics
    graph, problems = graph_from_document(document, catalogue)
    checked = check(graph, catalogue, earlier=problems, place_of=document.locate)
    return document, checked.diagnostics


def shown(diagnostic: Diagnostic, main: str) -> str:
    """A diagnostic as an ``expect`` line says it; the message must have its two or three parts."""
    assert diagnostic.message
    place = diagnostic.place
    line = "" if place.line is None else str(place.line)
    named = place.file and Path(place.file)
    if named and named.is_relative_to(Path.cwd()):
        named = named.relative_to(Path.cwd())
    file = "" if place.file in (main, None) else f"{named}:"
    spot = ".".join(part for part in (place.node, place.port or place.setting) if part)
    return " ".join(part for part in (diagnostic.code, (file + line).rstrip(":"), spot) if part)


def test_there_are_scenarios_for_every_code_of_pipeline_files() -> None:
    from netloom.graph.pipeline_file import document

    documented = {
        word for word in (document.__doc__ or "").split() if word[0] == "D" and word[1:].isdigit()
    }
    shown_codes = {line.split()[0] for path in scenarios() for line in header_of(path)["expect"]}
    # A file in another encoding would trip every tool that reads this repository: see test_layers.
    assert documented - shown_codes == {"D002"}


def test_there_are_scenarios_for_every_code_of_graphs() -> None:
    from netloom.graph import validation

    table = (validation.__doc__ or "").partition("Elsewhere")[0]
    documented = {word for word in table.split() if word[0] == "G" and word[1:].isdigit()}
    shown_codes = {line.split()[0] for path in scenarios() for line in header_of(path)["expect"]}
    assert documented - shown_codes == set()
