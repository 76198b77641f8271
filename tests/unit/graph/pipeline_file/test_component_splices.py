from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import Conflict
from netloom.graph.catalogue import Catalogue
from netloom.graph.component_edits import BoundaryInput, DissolveComponent, MakeComponent
from netloom.graph.edits import GraphEdit, apply_edit
from netloom.graph.graph import OutputRef
from netloom.graph.operator import operator
from netloom.graph.pipeline_file.document import load_document
from netloom.graph.pipeline_file.document_graph import graph_from_document
from netloom.graph.pipeline_file.file_edits import edit_text


class Data: ...


@operator(group="data")
def read() -> Data:
    return Data()


@operator(group="data")
def resize(images: Data, *, size: int = 8, names: list[str] | None = None) -> Data:
    return images


@operator(group="data")
def merge(parts: list[Data]) -> Data:
    return parts[0]


CATALOGUE = Catalogue([read, resize, merge])
ref = OutputRef.parse

FLAT = """\
# All about pictures.
netloom: 1
vars: {size: 16}

# what there is to do
nodes:
  source: {op: data.read}  # from disk

  # smaller
  # and smaller
  small:  {op: data.resize, images: source, size: "${vars.size}"}  # quick
  again:
    op: data.resize
    # of the small ones
    images: small
    size: 4   # pixels
    names:
      - a
  end:    {op: data.merge, parts: [again, source]}
layout:
  source: [0, 0]
  small: [300, 0]
  again: [600, 0]
  end: [900, 0]
"""
MAKE = MakeComponent(
    name="shrink",
    node="use",
    nodes=("small", "again"),
    inputs={"images": BoundaryInput("Data", ref("source"))},
    outputs={"images": ref("again")},
)
WITH_COMPONENT = """\
# All about pictures.
netloom: 1
vars: {size: 16}

components:
  shrink:
    inputs: {images: Data}
    nodes:
      # smaller
      # and smaller
      small:  {op: data.resize, images: images, size: "${vars.size}"}  # quick
      again:
        op: data.resize
        # of the small ones
        images: small
        size: 4   # pixels
        names:
          - a
    outputs: {images: again}

# what there is to do
nodes:
  source: {op: data.read}  # from disk

  end:    {op: data.merge, parts: [use.images, source]}
  use:    {op: shrink, images: source}
layout:
  source: [0, 0]
  end: [900, 0]
"""


def edited(text: str, edit: GraphEdit, folder: Path = Path("/nowhere")) -> str:
    """The text after an edit, which must say what the graph is after the edit."""

    def graph_of(text: str) -> tuple[Any, Any]:
        document = load_document(folder / "p.yaml", text=text, environment={}, catalogue=CATALOGUE)
        return graph_from_document(document, CATALOGUE)[0], document.inherited

    before, inherited = graph_of(text)
    after = edit_text(text, edit, graph=before, inherited=inherited)
    assert graph_of(after)[0] == apply_edit(before, edit)
    return after


def test_nodes_move_into_a_component_with_comments_and_references() -> None:
    assert edited(FLAT, MAKE) == WITH_COMPONENT


def test_and_back_again_as_they_were_written() -> None:
    names = {"small": "small", "again": "again"}
    assert (
        edited(WITH_COMPONENT, DissolveComponent("use", names))
        == """\
# All about pictures.
netloom: 1
vars: {size: 16}

# what there is to do
nodes:
  source: {op: data.read}  # from disk

  end:    {op: data.merge, parts: [again, source]}
  # smaller
  # and smaller
  small:  {op: data.resize, images: source, size: "${vars.size}"}  # quick
  again:
    op: data.resize
    # of the small ones
    images: small
    size: 4   # pixels
    names:
      - a
layout:
  source: [0, 0]
  end: [900, 0]
"""
    )


def test_a_second_component_goes_behind_the_first_and_one_use_of_two_leaves_it() -> None:
    second = MakeComponent(
        "all",
        "everything",
        ("end",),
        {
            "one": BoundaryInput("Data", ref("use.images")),
            "two": BoundaryInput("Data", ref("source")),
        },
        {"out": ref("end")},
    )
    text = edited(WITH_COMPONENT, second)
    assert "\n    outputs: {images: again}\n  all:\n    inputs: {one: Data, two: Data}\n" in text
    text = text.replace("layout:", "  more: {op: shrink, images: source}\nlayout:")
    text = edited(text, DissolveComponent("more", {"small": "small", "again": "again2"}))
    assert "  shrink:\n    inputs: {images: Data}\n" in text
    assert "  again2:\n    op: data.resize\n    # of the small ones\n" in text


IN_ONE_LINE = """\
netloom: 1
vars: {size: 16}
nodes: {source: {op: data.read}, small: {op: data.resize, images: source, size: "${vars.size}"},
  again: {op: data.resize, images: small}, end: {op: data.merge, parts: [again]}}
"""
MERGED = """\
netloom: 1
nodes:
  source: {op: data.read}
  small: &one {op: data.resize, images: source, size: 3}
  again: {<<: *one, images: small}
  end: {op: data.merge, parts: [again]}
"""


def test_nodes_that_cannot_move_as_they_stand_keep_their_references() -> None:
    text = edited(IN_ONE_LINE, MAKE)
    assert 'size: "${vars.size}"' in text
    back = edited(text, DissolveComponent("use", {"small": "small", "again": "again"}))
    assert 'size: "${vars.size}"' in back


def test_nodes_that_share_a_value_through_an_anchor_stay_where_they_are() -> None:
    with pytest.raises(Conflict, match="cannot be changed here on its own"):
        edited(MERGED, MAKE)


def test_settings_of_the_component_become_what_its_use_says() -> None:
    text = (
        "netloom: 1\nvars: {size: 16}\n"
        "components:\n"
        "  c:\n"
        "    inputs: {it: Data}\n"
        "    settings: {size: 2, more: 3}\n"
        "    nodes:\n"
        '      a: {op: data.resize, images: it, size: "${settings.size}"}  # taken\n'
        '      b: {op: data.resize, images: a, size: "${settings.more * 2}"}\n'
        "    outputs: {out: b}\n"
        "nodes:\n"
        "  source: {op: data.read}\n"
        '  use:    {op: c, it: source, size: "${vars.size}", retries: 2}\n'
    )
    assert edited(text, DissolveComponent("use", {"a": "a", "b": "b"})) == (
        "netloom: 1\nvars: {size: 16}\n"
        "nodes:\n"
        "  source: {op: data.read}\n"
        '  a: {op: data.resize, images: source, size: "${vars.size}", retries: 2}  # taken\n'
        "  b: {op: data.resize, images: a, size: 6, retries: 2}\n"
    )


def test_nodes_of_another_file_cannot_be_moved(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(FLAT)
    text = "netloom: 1\nextends: base.yaml\nnodes:\n  small: {size: 3}\n"
    with pytest.raises(Conflict, match=r"node 'small' comes from .*base\.yaml"):
        edited(text, MAKE, tmp_path)


def test_line_ends_stay_as_they_are() -> None:
    assert edited(FLAT.replace("\n", "\r\n"), MAKE) == WITH_COMPONENT.replace("\n", "\r\n")
