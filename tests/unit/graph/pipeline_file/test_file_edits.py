from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import Conflict, NotFound
from netloom.core.identifiers import NodeId, OperatorId, PortName
from netloom.graph.catalogue import Catalogue
from netloom.graph.edits import (
    AddNode,
    Connect,
    Disconnect,
    GraphEdit,
    MoveNode,
    RemoveNode,
    RenameNode,
    ResetSetting,
    SetCanvas,
    SetNodeKey,
    SetSetting,
    apply_edit,
)
from netloom.graph.graph import Graph, Node, OutputRef
from netloom.graph.operator import operator
from netloom.graph.pipeline_file.document import load_document
from netloom.graph.pipeline_file.document_graph import graph_from_document
from netloom.graph.pipeline_file.file_edits import (
    edit_text,
    move_nodes,
    place_nodes,
)


class Data:
    pass


@operator(group="data")
def digits() -> Data:
    return Data()


@operator(group="data")
def merge(parts: list[Data]) -> Data:
    return Data()


@operator(group="", id="train")
def train(
    data: Data,
    *,
    epochs: int = 1,
    rate: float = 0.1,
    label: str = "",
    backbone: dict[str, Any] = {},  # noqa: B006
) -> Data:
    return Data()


CATALOGUE = Catalogue([digits, merge, train])

TEXT = """\
# A pipeline with comments everywhere.
netloom: 1      # format

vars: {size: 32,   rate: 1.e-3}   # odd spacing stays

nodes:
  # where the data comes from
  source:  {op: data.digits}                # bundled
  other:   {op: data.digits}

  both:    {op: data.merge, parts: [source, other]}

  fit:
    op: train      # the learning part
    data: both
    # longer is better
    epochs: 20   # see the paper
    backbone:
      type: 'resnet'   # quoted
      depth: 18

    rate: "${vars.rate}"
  again: { op: train, data: fit, label: "a: b" , }   # trailing comma
  last:
    op: train
    label: |
      several
      lines

# the canvas
layout:
  source: [0, 0]   # top left
  fit: [100, 50]
# the end
"""


def graph_of(text: str) -> Graph:
    document = load_document("p.yaml", text=text, environment={})
    graph, problems = graph_from_document(document, CATALOGUE)
    assert problems == []
    return graph


def edited(edit: GraphEdit, text: str = TEXT) -> str:
    graph = graph_of(text)
    after = edit_text(text, edit, graph=graph)
    assert graph_of(after) == apply_edit(graph, edit)
    return after


def changes(edit: GraphEdit, text: str = TEXT) -> tuple[list[str], list[str]]:
    """Lines of the text that went away, and lines that are new."""
    before, after = text.splitlines(), edited(edit, text).splitlines()
    gone = [line for line in before if line not in after]
    new = [line for line in after if line not in before]
    kept = [line for line in before if line in after]
    assert [line for line in after if line in before] == kept
    return gone, new


FIT = NodeId("fit")


@pytest.mark.parametrize(
    ("edit", "gone", "new"),
    [
        (
            SetSetting(FIT, "epochs", 30),
            ["    epochs: 20   # see the paper"],
            ["    epochs: 30   # see the paper"],
        ),
        (
            SetSetting(FIT, "backbone.depth", 34),
            ["      depth: 18"],
            ["      depth: 34"],
        ),
        (
            SetSetting(FIT, "backbone.width", 2),
            [],
            ["      width: 2"],
        ),
        (
            SetSetting(FIT, "rate", 0.5),
            ['    rate: "${vars.rate}"'],
            ["    rate: 0.5"],
        ),
        (
            SetSetting(FIT, "label", "cost: $${5} #1"),
            [],
            ['    label: "cost: $$${5} #1"'],
        ),
        (
            SetSetting(NodeId("again"), "label", "x"),
            ['  again: { op: train, data: fit, label: "a: b" , }   # trailing comma'],
            ["  again: { op: train, data: fit, label: x , }   # trailing comma"],
        ),
        (
            SetSetting(NodeId("last"), "label", "one line"),
            ["    label: |", "      several", "      lines"],
            ["    label: one line"],
        ),
        (
            ResetSetting(FIT, "epochs"),
            ["    epochs: 20   # see the paper"],
            [],
        ),
        (
            ResetSetting(FIT, "backbone"),
            ["    backbone:", "      type: 'resnet'   # quoted", "      depth: 18"],
            [],
        ),
        (
            Connect(OutputRef.parse("source.out"), FIT, PortName("data")),
            ["    data: both"],
            ["    data: source.out"],
        ),
        (
            Connect(OutputRef.parse("fit"), NodeId("both"), PortName("parts"), many=True),
            ["  both:    {op: data.merge, parts: [source, other]}"],
            ["  both:    {op: data.merge, parts: [source, other, fit]}"],
        ),
        (
            Disconnect(NodeId("both"), PortName("parts")),
            ["  both:    {op: data.merge, parts: [source, other]}"],
            ["  both:    {op: data.merge}"],
        ),
        (
            SetNodeKey(FIT, "needs", {"cpus": 2}),
            [],
            ["    needs: {cpus: 2}"],
        ),
        (
            MoveNode(FIT, 120.25, 60),
            ["  fit: [100, 50]"],
            ["  fit: [120.2, 60]"],
        ),
        (
            MoveNode(NodeId("both"), 1, 2),
            [],
            ["  both: [1, 2]"],
        ),
        (
            SetCanvas("groups", "g1", {"title": "Data", "nodes": ["source", "other"]}),
            [],
            ['  "$groups": {g1: {title: Data, nodes: [source, other]}}'],
        ),
        (SetCanvas("collapsed", "fit", None), [], []),
        (
            AddNode(
                Node(NodeId("new"), OperatorId("train"), inputs={PortName("data"): OutputRef(FIT)})
            ),
            [],
            ["  new: {op: train, data: fit}"],
        ),
        (
            RemoveNode(NodeId("source")),
            [
                "  source:  {op: data.digits}                # bundled",
                "  both:    {op: data.merge, parts: [source, other]}",
                "  source: [0, 0]   # top left",
            ],
            ["  both:    {op: data.merge, parts: [other]}"],
        ),
        (
            RenameNode(NodeId("source"), NodeId("in")),
            [
                "  source:  {op: data.digits}                # bundled",
                "  both:    {op: data.merge, parts: [source, other]}",
                "  source: [0, 0]   # top left",
            ],
            [
                "  in:  {op: data.digits}                # bundled",
                "  both:    {op: data.merge, parts: [in, other]}",
                "  in: [0, 0]   # top left",
            ],
        ),
        (
            RenameNode(FIT, NodeId("training")),
            [
                "  fit:",
                '  again: { op: train, data: fit, label: "a: b" , }   # trailing comma',
                "  fit: [100, 50]",
            ],
            [
                "  training:",
                '  again: { op: train, data: training, label: "a: b" , }   # trailing comma',
                "  training: [100, 50]",
            ],
        ),
    ],
)
def test_only_the_lines_that_an_edit_concerns_change(
    edit: GraphEdit, gone: list[str], new: list[str]
) -> None:
    assert changes(edit) == (gone, new)


def test_many_nodes_are_moved_in_one_piece() -> None:
    moves = [MoveNode(NodeId("source"), 8, 16.25), MoveNode(FIT, 24, 32), MoveNode(FIT, 40, 48)]
    layout = {"source": [0, 0], "fit": [100, 50], "$notes": {"n1": {"text": "kept"}}}
    text = place_nodes(TEXT, moves, graph=graph_of(TEXT), layout=layout)
    assert load_document("p.yaml", text=text, environment={}).layout == {
        "source": [8, 16.2],
        "fit": [40, 48],
        "$notes": {"n1": {"text": "kept"}},
    }
    assert graph_of(text) == graph_of(TEXT)
    assert "# the learning part" in text
    with pytest.raises(NotFound):
        place_nodes(TEXT, [MoveNode(NodeId("none"), 0, 0)], graph=graph_of(TEXT), layout={})


@pytest.mark.parametrize("layout", ["layout: {source: [0, 0], fit: [100, 50]}\n", "layout:\n", ""])
def test_a_few_nodes_are_moved_as_if_one_after_the_other(layout: str) -> None:
    start = TEXT[: TEXT.index("layout:")] + layout
    moves = [MoveNode(FIT, 24, 32), MoveNode(NodeId("source"), 8, 16.25), MoveNode(FIT, 40, 48)]
    singly = start
    for move in moves:
        singly = edited(move, singly)
    assert move_nodes(start, moves, graph=graph_of(start)) == singly
    assert load_document("p.yaml", text=singly, environment={}).layout == {
        "source": [8, 16.2],
        "fit": [40, 48],
    }
    apart = move_nodes(TEXT, moves[:2], graph=graph_of(TEXT))
    assert apart == edited(moves[1], edited(moves[0], TEXT))


def test_what_the_canvas_keeps_is_changed_and_removed_by_itself() -> None:
    text = edited(SetCanvas("notes", "n1", {"text": "see the paper"}), TEXT)
    text = edited(SetCanvas("notes", "n2", {"text": "${not a reference}"}), text)
    text = edited(SetCanvas("sizes", "fit", [240, 180]), text)
    assert load_document("p.yaml", text=text, environment={}).layout == {
        "source": [0, 0],
        "fit": [100, 50],
        "$notes": {"n1": {"text": "see the paper"}, "n2": {"text": "${not a reference}"}},
        "$sizes": {"fit": [240, 180]},
    }
    text = edited(SetCanvas("notes", "n1", None), text)
    assert '  "$notes": {n2: {text: "${not a reference}"}}' in text.splitlines()
    assert graph_of(text) == graph_of(TEXT)


def test_what_the_canvas_keeps_of_another_file_is_taken_away_here(tmp_path: Path) -> None:
    base = "netloom: 1\nlayout: {$notes: {n1: {text: old}, n2: {text: kept}}}\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    text = "netloom: 1\nextends: base.yaml\n"
    document = load_document(tmp_path / "p.yaml", text=text, environment={})
    after = edit_text(
        text, SetCanvas("notes", "n1", None), graph=Graph(), inherited=document.inherited
    )
    again = load_document(tmp_path / "p.yaml", text=after, environment={})
    assert (again.layout, again.diagnostics) == ({"$notes": {"n2": {"text": "kept"}}}, ())


def test_a_reference_is_written_as_a_template() -> None:
    text = edit_text(
        TEXT, SetSetting(FIT, "epochs", {"$template": "${vars.size}"}), graph=graph_of(TEXT)
    )
    assert '    epochs: "${vars.size}"   # see the paper' in text.splitlines()
    assert graph_of(text)[FIT].settings["epochs"] == 32


def test_aligned_nodes_stay_aligned() -> None:
    text = "netloom: 1\nnodes:\n  a:     {op: data.digits}\n  bbbbb: {op: data.digits}\n"
    added = edited(AddNode(Node(NodeId("cc"), OperatorId("data.digits"))), text)
    assert added.splitlines()[-1] == "  cc:    {op: data.digits}"
    renamed = edited(RenameNode(NodeId("bbbbb"), NodeId("b")), text)
    assert renamed.splitlines()[-1] == "  b:     {op: data.digits}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("netloom: 1\n", "netloom: 1\nnodes:\n  n: {op: data.digits}\n"),
        ("netloom: 1\nnodes:\n", "netloom: 1\nnodes:\n  n: {op: data.digits}\n"),
        ("netloom: 1\nnodes: {}\n", "netloom: 1\nnodes:\n  n: {op: data.digits}\n"),
        ("netloom: 1\nnodes:   # none\n", "netloom: 1\nnodes:\n  n: {op: data.digits}   # none\n"),
        ("netloom: 1", "netloom: 1\nnodes:\n  n: {op: data.digits}"),
        ("{netloom: 1}", "{netloom: 1, nodes: {n: {op: data.digits}}}"),
        (
            "netloom: 1\r\nname: x\r\n",
            "netloom: 1\r\nname: x\r\nnodes:\r\n  n: {op: data.digits}\r\n",
        ),
    ],
)
def test_the_first_node_is_added_whatever_the_file_looks_like(text: str, expected: str) -> None:
    assert edited(AddNode(Node(NodeId("n"), OperatorId("data.digits"))), text) == expected


def test_removing_the_last_node_leaves_an_empty_section() -> None:
    text = "netloom: 1\nnodes:\n  n:\n    op: data.digits\n# end\n"
    assert edited(RemoveNode(NodeId("n")), text) == "netloom: 1\nnodes: {}\n# end\n"


ALIASED = """\
netloom: 1
vars:
  common: &common {op: train, data: a, epochs: 3}
nodes:
  a: {op: data.digits}
  b: {<<: *common, rate: 0.1}
  c: *common
  d: {op: train, data: a, backbone: &bone {depth: 1}}
  e: {op: train, data: a, backbone: *bone}
"""


def test_a_merged_mapping_takes_own_values() -> None:
    assert changes(SetSetting(NodeId("b"), "epochs", 9), ALIASED) == (
        ["  b: {<<: *common, rate: 0.1}"],
        ["  b: {<<: *common, rate: 0.1, epochs: 9}"],
    )


def test_an_alias_is_written_out_before_it_changes() -> None:
    assert changes(SetSetting(NodeId("c"), "epochs", 9), ALIASED) == (
        ["  c: *common"],
        ["  c: {op: train, data: a, epochs: 9}"],
    )
    assert changes(SetSetting(NodeId("e"), "backbone.depth", 2), ALIASED) == (
        ["  e: {op: train, data: a, backbone: *bone}"],
        ["  e: {op: train, data: a, backbone: {depth: 2}}"],
    )


@pytest.mark.parametrize(
    "edit",
    [
        SetSetting(NodeId("d"), "backbone.depth", 2),
        ResetSetting(NodeId("b"), "epochs"),
        ResetSetting(NodeId("c"), "epochs"),
        RemoveNode(NodeId("d")),
    ],
)
def test_what_is_shared_through_an_anchor_is_not_changed_by_accident(edit: GraphEdit) -> None:
    with pytest.raises(Conflict) as caught:
        edit_text(ALIASED, edit, graph=graph_of(ALIASED))
    assert caught.value.diagnostics[0].code == "D060"


BASE = """\
netloom: 1
nodes:
  a: {op: data.digits}
  fit: {op: train, data: a, epochs: 3, rate: 0.5}
"""


@pytest.mark.parametrize(
    ("own", "edit", "expected"),
    [
        ("", SetSetting(FIT, "epochs", 9), "nodes:\n  fit: {epochs: 9}\n"),
        ("", ResetSetting(FIT, "epochs"), "nodes:\n  fit: {epochs: !remove}\n"),
        ("", RemoveNode(FIT), "nodes:\n  fit: !remove\n"),
        (
            "nodes: {fit: {epochs: 5}}\n",
            ResetSetting(FIT, "epochs"),
            "nodes: {fit: {epochs: !remove}}\n",
        ),
        (
            "nodes:\n  fit: {label: x}   # mine\n",
            SetSetting(FIT, "rate", 0.1),
            "nodes:\n  fit: {label: x, rate: 0.1}   # mine\n",
        ),
        (
            "nodes:\n  fit: {label: x}\n",
            ResetSetting(FIT, "label"),
            "nodes:\n  fit: {}\n",
        ),
    ],
)
def test_edits_of_inherited_values_go_into_the_edited_file(
    tmp_path: Path, own: str, edit: GraphEdit, expected: str
) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    main = tmp_path / "main.yaml"
    main.write_text(f"extends: base.yaml\n{own}")
    document = load_document(main)
    graph, _ = graph_from_document(document, CATALOGUE)
    text = edit_text(main.read_text(), edit, graph=graph, inherited=document.inherited)
    assert text == f"extends: base.yaml\n{expected}"
    after, problems = graph_from_document(load_document(main, text=text), CATALOGUE)
    assert (after, problems) == (apply_edit(graph, edit), [])


def test_an_inherited_node_is_renamed_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    main = tmp_path / "main.yaml"
    main.write_text("extends: base.yaml\n")
    document = load_document(main)
    graph, _ = graph_from_document(document, CATALOGUE)
    with pytest.raises(Conflict) as caught:
        edit_text(
            main.read_text(),
            RenameNode(FIT, NodeId("x")),
            graph=graph,
            inherited=document.inherited,
        )
    diagnostic = caught.value.diagnostics[0]
    assert (diagnostic.code, diagnostic.place.line) == ("D061", 4)
