"""The examples in docs/pipeline-file.md are pipeline files that check."""

import re
from pathlib import Path

import pytest

from netloom.graph.pipeline_file.document import load_document
from netloom.graph.pipeline_file.document_graph import graph_from_document
from netloom.graph.validation import check
from netloom.operators.builtin import builtin_catalogue


def test_complete_examples_check(repository: Path) -> None:
    text = (repository / "docs" / "pipeline-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    complete = [block for block in blocks if block.startswith("netloom: 1")]
    assert len(complete) == 2
    catalogue = builtin_catalogue()
    for block in complete:
        document = load_document("doc.yaml", text=block)
        graph, problems = graph_from_document(document, catalogue)
        assert check(graph, catalogue, earlier=problems).diagnostics == ()


def test_an_overlay_example_applies(repository: Path, tmp_path: Path) -> None:
    text = (repository / "docs" / "pipeline-file.md").read_text(encoding="utf-8")
    first, overlay = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[:2]
    (tmp_path / "base.yaml").write_text(first)
    (tmp_path / "main.yaml").write_text(overlay)
    document = load_document(tmp_path / "main.yaml")
    assert document.diagnostics == ()
    assert "score" not in document.values["nodes"]
    assert document.values["nodes"]["fit"]["optimizer"] == {"type": "sgd"}


@pytest.mark.parametrize("module", ["pipeline_file/document", "validation"])
def test_every_code_is_in_the_reference(repository: Path, module: str) -> None:
    source = (repository / "src/netloom/graph" / f"{module}.py").read_text(encoding="utf-8")
    codes = set(re.findall(r"\b[DG]\d{3}\b", source.partition("from __future__")[0]))
    reference = (repository / "docs" / "pipeline-file.md").read_text(encoding="utf-8")
    assert codes
    assert codes - set(re.findall(r"\b[DG]\d{3}\b", reference)) == set()
