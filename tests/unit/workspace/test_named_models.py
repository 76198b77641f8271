"""Names of models in a pipeline, and what stands for them in what is run."""

from __future__ import annotations

from pathlib import Path

from netloom.core.identifiers import NodeId
from netloom.workspace.authoring import load_text
from netloom.workspace.reused_models import with_found_models
from netloom.workspace.workspace import Workspace

TEXT = """\
netloom: 1
name: two kinds
nodes:
  digits: {op: data.digits}
  fit: {op: train, dataset: digits, reuse: clicks}
  frozen: {op: tables.trained_model, file: clicks}
"""


def test_one_name_may_stand_for_a_model_of_pictures_and_one_of_tables(tmp_path: Path) -> None:
    (tmp_path / "netloom.toml").touch()
    workspace = Workspace.open(tmp_path / ".netloom", project=tmp_path)

    def find(text: str, *, takes_rows: bool) -> str:
        return f"{text} of {'tables' if takes_rows else 'pictures'}"

    checked = with_found_models(load_text(workspace, TEXT), find, workspace).checked
    fit, frozen = NodeId("fit"), NodeId("frozen")
    assert checked.settings[fit].model_dump()["model"] == "clicks of pictures"
    assert checked.settings[frozen].model_dump()["file"] == "clicks of tables"
    assert checked.written.nodes[fit].reuse == "clicks of pictures"
    assert checked.written.nodes[frozen].settings == {"file": "clicks of tables"}
