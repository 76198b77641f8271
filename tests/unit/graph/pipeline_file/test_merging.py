from typing import Any

from netloom.graph.pipeline_file.merging import merge, without_tags
from netloom.graph.pipeline_file.provenance import Entry
from netloom.graph.pipeline_file.yaml_entries import read_entries


def layer(text: str, name: str) -> Entry:
    found = read_entries(text, layer=name, file=name)
    assert found is not None
    return found


def merged(lower: str, upper: str) -> tuple[Any, list[tuple[str, int | None, str | None]]]:
    entry, problems = merge(layer(lower, "low"), layer(upper, "up"))
    return entry.plain(), [(d.code, d.place.line, d.fix) for d in problems]


def test_mappings_merge_and_everything_else_is_replaced() -> None:
    lower = "vars: {a: {b: 1, c: [1, 2]}, d: x}\n"
    upper = "vars: {a: {c: [3], e: 5}, d: {f: 6}}\n"
    assert merged(lower, upper) == (
        {"vars": {"a": {"b": 1, "c": [3], "e": 5}, "d": {"f": 6}}},
        [],
    )


def test_null_is_a_value_and_does_not_remove() -> None:
    assert merged("vars: {a: 1}\n", "vars: {a: null}\n") == ({"vars": {"a": None}}, [])


def test_remove_takes_a_key_away() -> None:
    assert merged(
        "nodes: {a: {op: x, k: 1}, b: {op: y}}\n", "nodes: {a: {k: !remove}, b: !remove}\n"
    ) == (
        {"nodes": {"a": {"op": "x"}}},
        [],
    )


def test_removing_what_is_not_there_is_an_error_with_a_suggestion() -> None:
    assert merged("vars: {size: 1}\n", "vars:\n  siez: !remove\n") == (
        {"vars": {"size": 1}},
        [("D012", 2, "Did you mean 'size'?")],
    )


def test_replace_ends_the_merging_of_a_mapping() -> None:
    assert merged("vars: {a: {b: 1}}\n", "vars: {a: !replace {c: 2}}\n") == (
        {"vars": {"a": {"c": 2}}},
        [],
    )


def test_a_node_that_becomes_another_operator_drops_the_old_ones_keys_but_keeps_its_needs() -> None:
    lower = "nodes: {fit: {op: train, model: m, epochs: 3, needs: {cpus: 2}, note: hi}}\n"
    upper = "nodes: {fit: {op: finetune, rate: 1}}\n"
    assert merged(lower, upper)[0] == {
        "nodes": {"fit": {"op": "finetune", "needs": {"cpus": 2}, "note": "hi", "rate": 1}}
    }


def test_a_structured_setting_of_another_type_replaces_the_old_one() -> None:
    lower = "nodes: {m: {op: model, backbone: {type: resnet, depth: 18}}}\n"
    assert merged(lower, "nodes: {m: {backbone: {type: convnet}}}\n")[0] == {
        "nodes": {"m": {"op": "model", "backbone": {"type": "convnet"}}}
    }
    assert merged(lower, "nodes: {m: {backbone: {type: resnet, width: 8}}}\n")[0] == {
        "nodes": {"m": {"op": "model", "backbone": {"type": "resnet", "depth": 18, "width": 8}}}
    }


def test_a_variable_or_setting_called_type_is_nothing_special() -> None:
    assert merged("vars: {type: a, size: 1}\n", "vars: {type: b}\n")[0] == {
        "vars": {"type": "b", "size": 1}
    }
    assert merged("nodes: {n: {op: x, type: a, size: 1}}\n", "nodes: {n: {type: b}}\n")[0] == {
        "nodes": {"n": {"op": "x", "type": "b", "size": 1}}
    }


def test_every_layer_a_value_went_through_is_remembered() -> None:
    entry = layer("vars: {a: 1}\n", "first")
    for text, name in (("vars: {a: 2}\n", "second"), ("vars:\n  a: 3\n", "third")):
        entry, _ = merge(entry, layer(text, name))
    found = entry.at(("vars", "a"))
    assert found is not None
    assert (found.value, str(found.origin)) == (3, "third:2")
    assert [(old.value, str(old.origin)) for old in found.overridden] == [
        (2, "second:1"),
        (1, "first:1"),
    ]


def test_tags_without_an_effect_are_reported() -> None:
    entry = layer(
        "vars: {a: !remove}\nnodes: {n: {op: x, k: !required}}\n"
        "components: {c: {settings: {s: !required}}}\n",
        "p",
    )
    assert [(d.code, d.place.line) for d in without_tags(entry)] == [("D012", 1), ("D006", 2)]
