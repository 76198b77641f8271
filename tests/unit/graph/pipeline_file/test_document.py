from datetime import datetime
from pathlib import Path
from typing import Any

from netloom.core.diagnostics import Place
from netloom.graph.pipeline_file.document import Document, explain, load_document

NOW = datetime(2026, 3, 1)


def load(text: str, **options: Any) -> Document:
    return load_document("p.yaml", text=text, now=NOW, environment={}, **options)


def codes(document: Document) -> list[tuple[str, int | None]]:
    return [(d.code, d.place.line) for d in document.diagnostics]


def test_layers_go_from_extended_files_to_flags(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("vars: {a: base, b: base, c: base, d: base, e: base}\n")
    (tmp_path / "over.yaml").write_text("vars: {c: overlay, d: overlay, e: overlay}\n")
    main = tmp_path / "main.yaml"
    main.write_text("netloom: 1\nextends: base.yaml\nvars: {b: file, c: file, d: file, e: file}\n")
    document = load_document(
        main,
        overlays=[tmp_path / "over.yaml"],
        vars={"d": "code", "e": "code"},
        sets=["vars.e=flag"],
    )
    assert document.values["vars"] == {
        "a": "base",
        "b": "file",
        "c": "overlay",
        "d": "code",
        "e": "flag",
    }
    assert [path.name for path in document.files] == ["main.yaml", "base.yaml", "over.yaml"]
    (explained,) = [value for value in explain(document) if value.path == "vars.e"]
    assert (explained.value, explained.layer, explained.source) == (
        "flag",
        "--set vars.e=flag",
        "--set vars.e=flag",
    )
    assert explained.overridden == (
        ("code", "vars given in code"),
        ("overlay", f"{tmp_path}/over.yaml:1"),
        ("file", f"{main}:3"),
        ("base", f"{tmp_path}/base.yaml:1"),
    )


def test_what_a_component_leaves_open_is_explained_as_it_is_written() -> None:
    document = load(
        "netloom: 1\ncomponents:\n  c:\n    settings: {size: !required}\n"
        '    nodes: {a: {op: x, size: "${settings.size}"}}\n'
    )
    values = {each.path: each.value for each in explain(document)}
    assert values["components.c.settings.size"] == "!required"
    assert values["components.c.nodes.a.size"] == "${settings.size}"


def test_the_name_defaults_to_the_file_name() -> None:
    assert load("netloom: 1\n").name == "p"
    assert load('netloom: 1\nname: "x-${vars.n}"\nvars: {n: 2}\n').name == "x-2"


def test_every_problem_of_the_outer_shape_is_reported() -> None:
    document = load(
        "netlom: 1\nnodes:\n  1st: {op: x}\n  a/b: {op: x}\nvars: [1]\nname: {a: 1}\n"
        "components: {a-b: {}}\nlayout:\n"
    )
    assert codes(document) == [
        ("D009", 1),
        ("D008", 1),
        ("D007", 5),
        ("D007", 6),
        ("G113", 3),
        ("G113", 4),
        ("D016", 7),
    ]
    assert document.diagnostics[1].fix == "Did you mean 'netloom'?"


def test_a_format_of_the_future_is_refused() -> None:
    (diagnostic,) = load("netloom: 2\n").diagnostics
    assert (diagnostic.code, diagnostic.expected, diagnostic.got, diagnostic.fix) == (
        "D009",
        "1",
        "2",
        "Update Netloom",
    )
    assert codes(load("netloom: true\n")) == [("D009", 1)]


def test_the_date_comes_from_the_flag_else_the_variable_else_the_clock() -> None:
    text = 'netloom: 1\nname: "${date:%Y%m%d}"\nvars: {x: 1}\n'
    fixed = text.replace("x: 1", "date: 2025-05-05")
    assert load(text).name == "20260301"
    assert load(text, sets=["date=2026-01-31"]).name == "20260131"
    assert load(fixed).name == "20250505"
    both = load(fixed, sets=["date=2026-01-31"])
    assert (both.name, both.values["vars"]["date"]) == ("20260131", "2026-01-31")
    assert codes(load(fixed.replace("2025-05-05", "soon"))) == [("D025", 3)]


def test_a_place_in_the_graph_gets_its_line() -> None:
    document = load(
        "netloom: 1\nnodes:\n  fit:\n    op: train\n    backbone:\n      depth: 1\n  use: {op: prep}\n"
        "components:\n  prep:\n    nodes:\n      inner:\n        op: x\n        size: 3\n",
        sets=["fit.epochs=3"],
    )
    assert document.place_of(node="fit").line == 3
    assert document.place_of(node="fit", setting="backbone.depth").line == 6
    assert document.place_of(node="fit", setting="backbone.width").line == 5
    assert document.place_of(node="fit", port="model").line == 3
    assert document.place_of(node="use/inner", setting="size").line == 13
    assert document.place_of(node="prep/inner", setting="size").line == 13
    assert document.place_of(node="nowhere").line == 2
    assert document.place_of(node="fit", setting="epochs") == Place(
        node="fit", setting="epochs", file="--set fit.epochs=3"
    )


def test_a_component_may_be_a_file_of_its_own_and_be_adjusted(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "prep.yaml").write_text(
        "netloom: 1\nname: prep\nsettings: {size: 8, k: 1}\nnodes: {a: {op: x}}\n"
        "components: {deep: {file: deep.yaml}}\n"
    )
    (folder / "deep.yaml").write_text("nodes: {b: {op: y}}\n")
    main = tmp_path / "main.yaml"
    main.write_text(
        "netloom: 1\ncomponents: {prep: {file: parts/prep.yaml, settings: {size: 16}}}\n"
    )
    document = load_document(main)
    assert document.diagnostics == ()
    assert document.values["components"] == {
        "prep": {
            "settings": {"size": 16, "k": 1},
            "nodes": {"a": {"op": "x"}},
            "components": {"deep": {"nodes": {"b": {"op": "y"}}}},
        }
    }


def test_a_document_of_a_hundred_nodes_keeps_its_order() -> None:
    nodes = "".join(f"  n{i}: {{op: x, k: '${{vars.a}}'}}\n" for i in range(100))
    document = load(f"netloom: 1\nvars: {{a: 1}}\nnodes:\n{nodes}")
    assert list(document.values["nodes"]) == [f"n{i}" for i in range(100)]


def test_removed_values_leave_no_trace() -> None:
    document = load("netloom: 1\nvars: {a: 1}\n", sets=["vars.a=!remove"])
    assert (document.values, document.diagnostics) == ({"netloom": 1, "vars": {}}, ())
