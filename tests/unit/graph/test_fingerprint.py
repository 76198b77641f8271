from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netloom.graph.catalogue import Catalogue
from netloom.graph.fingerprint import (
    Ingredients,
    graph_fingerprint,
    inline_digest,
    operator_code_hash,
    source_files,
)
from netloom.graph.graph import Component, Graph, Node, OutputRef
from netloom.graph.operator import Operator, operator
from netloom.graph.plugins import with_files

BASE = Ingredients("x.op", "code", {"epochs": 3, "rate": 0.1}, {"data": ["a", "b"]}, "id", 1)


@pytest.mark.parametrize(
    "change",
    [
        {"operator": "x.other"},
        {"code": "other"},
        {"settings": {"epochs": 4, "rate": 0.1}},
        {"settings": {"epochs": 3}},
        {"inputs": {"data": ["b", "a"]}},
        {"inputs": {"data": ["a"]}},
        {"inputs": {"other": ["a", "b"]}},
        {"identity": None},
        {"answers": 2},
    ],
)
def test_every_ingredient_counts(change: dict[str, Any]) -> None:
    assert replace(BASE, **change).fingerprint != BASE.fingerprint


def test_the_order_of_settings_and_ports_does_not_count() -> None:
    first = replace(BASE, settings={"a": 1, "b": 2}, inputs={"p": ["x"], "q": ["y"]})
    other = replace(BASE, settings={"b": 2, "a": 1}, inputs={"q": ["y"], "p": ["x"]})
    assert first.fingerprint == other.fingerprint


def test_ingredients_survive_the_way_through_json() -> None:
    assert Ingredients.from_json(BASE.to_json()) == BASE


def test_outputs_of_an_inline_node_are_told_apart() -> None:
    assert inline_digest(BASE.fingerprint, "left") != inline_digest(BASE.fingerprint, "right")


WRITTEN = Graph(
    {
        "a": Node("a", "x.source", settings={"size": 3, "deep": {"p": 1, "q": [1, 2]}}),
        "b": Node("b", "x.use", inputs={"one": OutputRef("a"), "more": (OutputRef("a"),)}),
    },
    {"c": Component("c", Graph({"n": Node("n", "x.source")}), settings={"size": 1})},
)


def test_layout_and_remarks_do_not_change_the_meaning_of_a_graph() -> None:
    a, b = WRITTEN["a"], WRITTEN["b"]
    reordered = replace(
        a,
        settings={"deep": {"q": [1, 2], "p": 1}, "size": 3},
        note="a remark",
        needs={"cpus": 4},
        retries=3,
        timeout_s=9.0,
    )
    other = Graph({"b": b, "a": reordered}, WRITTEN.components)
    assert graph_fingerprint(other) == graph_fingerprint(WRITTEN)


@pytest.mark.parametrize(
    "other",
    [
        WRITTEN.with_node(replace(WRITTEN["a"], settings={"size": 4})),
        WRITTEN.with_node(replace(WRITTEN["a"], operator="x.other")),
        WRITTEN.with_node(replace(WRITTEN["b"], inputs={"one": OutputRef("a")})),
        WRITTEN.with_node(replace(WRITTEN["b"], inputs={"one": OutputRef("a", "left")})),
        WRITTEN.with_node_renamed("a", "z"),
        WRITTEN.without_node("b"),
        replace(WRITTEN, components={}),
        replace(
            WRITTEN,
            components={"c": Component("c", Graph(), settings={"size": 1})},
        ),
    ],
)
def test_what_a_graph_computes_changes_its_fingerprint(other: Graph) -> None:
    assert graph_fingerprint(other) != graph_fingerprint(WRITTEN)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def reversed_everywhere(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_everywhere(value[key]) for key in reversed(value)}
    return [reversed_everywhere(v) for v in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_fingerprints_do_not_depend_on_the_order_of_keys(settings: dict[str, Any]) -> None:
    first = replace(BASE, settings=settings)
    assert replace(BASE, settings=reversed_everywhere(settings)).fingerprint == first.fingerprint


OPERATOR = '''
"""A module."""
from netloom.graph.operator import operator
from fingerprint_test_lib import helper

@operator(group="mine")
def double(number: int) -> int:
    """Twice as much."""
    return helper(number) * 2
'''


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    path = list(sys.path)
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "mine.py").write_text(OPERATOR)
    (tmp_path / "fingerprint_test_lib.py").write_text("def helper(x):\n    return x\n")
    yield tmp_path
    sys.path[:] = path
    for name in [name for name in sys.modules if name.startswith("fingerprint_test_")]:
        del sys.modules[name]


def code_hash(project: Path) -> str:
    catalogue = with_files(Catalogue(), [project / "operators" / "mine.py"])
    assert catalogue.problems == ()
    return operator_code_hash(catalogue.operator("mine.double"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Twice as much."""', '"""Two times as much, and more words."""'),
        ('"""A module."""', "# A module."),
        ("* 2", "* 2  # doubled"),
        ("    return helper(number) * 2", "\n    return (\n        helper(number) * 2\n    )"),
    ],
)
def test_comments_layout_and_docstrings_do_not_count(project: Path, old: str, new: str) -> None:
    before = code_hash(project)
    edit(project / "operators" / "mine.py", old, new)
    assert code_hash(project) == before


def test_the_code_of_a_users_operator_counts(project: Path) -> None:
    before = code_hash(project)
    edit(project / "operators" / "mine.py", "* 2", "* 3")
    assert code_hash(project) != before


def test_the_version_an_author_declares_counts(project: Path) -> None:
    before = code_hash(project)
    edit(project / "operators" / "mine.py", 'group="mine"', 'group="mine", version=2')
    assert code_hash(project) != before


def test_project_files_it_imports_count(project: Path) -> None:
    before = code_hash(project)
    edit(project / "fingerprint_test_lib.py", "return x", "return x + 1")
    changed = code_hash(project)
    assert changed != before
    edit(project / "fingerprint_test_lib.py", "return x + 1", "return x + 1  # one more")
    assert code_hash(project) == changed


def test_files_it_does_not_import_do_not_count(project: Path) -> None:
    before = code_hash(project)
    (project / "unrelated.py").write_text("x = 1")
    assert code_hash(project) == before


def written(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / (name.replace("__", "/").replace("/init", "/__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def found(root: Path, file: str) -> set[str]:
    return {path.relative_to(root).as_posix() for path in source_files(root / file)}


def test_imports_are_followed_through_a_project(tmp_path: Path) -> None:
    written(
        tmp_path,
        operators__mine="import json\nimport lib.deep.maths\nfrom tools import hammer, nail",
        operators__other="",
        lib__init="from lib import constants",
        lib__constants="",
        lib__deep__maths="import numpy",
        tools="import circular",
        circular="import tools",
        unrelated="",
    )
    assert found(tmp_path, "operators/mine.py") == {
        "operators/mine.py",
        "lib/__init__.py",
        "lib/constants.py",
        "lib/deep/maths.py",
        "tools.py",
        "circular.py",
    }


def test_imports_are_followed_through_a_package_and_not_out_of_it(tmp_path: Path) -> None:
    """Next to an installed package lie all others: hashing them would take minutes."""
    written(
        tmp_path,
        flowers__init="",
        flowers__nodes__init="",
        flowers__nodes__water="""
            import other
            from . import pots
            from .soil import earth
            from ..seeds import sow
            from flowers.sun import shine
        """,
        flowers__nodes__pots="",
        flowers__nodes__soil="",
        flowers__seeds="from flowers import rain",
        flowers__sun="",
        flowers__rain="",
        flowers__unused="",
        other="",
    )
    assert found(tmp_path, "flowers/nodes/water.py") == {
        "flowers/__init__.py",
        "flowers/nodes/water.py",
        "flowers/nodes/pots.py",
        "flowers/nodes/soil.py",
        "flowers/seeds.py",
        "flowers/sun.py",
        "flowers/rain.py",
    }


def test_a_file_that_does_not_parse_counts_by_its_bytes(project: Path) -> None:
    before = code_hash(project)
    edit(project / "operators" / "mine.py", "import helper", "import helper\nimport broken_one")
    (project / "broken_one.py").write_text("# fine")
    fine = code_hash(project)
    assert fine != before
    [operator_] = with_files(Catalogue(), [project / "operators" / "mine.py"])
    (project / "broken_one.py").write_text("def (")
    assert operator_code_hash(operator_) != fine
    sys.modules.pop("broken_one", None)


def typed(text: str) -> Operator[Any, Any]:
    """An operator typed at a prompt: its code is in no file."""
    names: dict[str, Any] = {"operator": operator, "__name__": "__main__"}
    exec(compile(text, "<prompt>", "exec"), names)
    return names["double"]  # type: ignore[no-any-return]


def test_code_that_is_in_no_file_counts_too() -> None:
    text = '@operator(group="x")\ndef double(n: int) -> int:\n    """Twice."""\n    return n * {}\n'
    first, same, other = typed(text.format(2)), typed(text.format(2)), typed(text.format(3))
    assert operator_code_hash(first) == operator_code_hash(same)
    assert operator_code_hash(first) != operator_code_hash(other)
    inner = text.replace("return n * {}", "return sum(n * {} for _ in 'a')")
    assert operator_code_hash(typed(inner.format(2))) == operator_code_hash(typed(inner.format(2)))
    assert operator_code_hash(typed(inner.format(2))) != operator_code_hash(typed(inner.format(3)))


def test_operators_that_ship_with_netloom_count_by_function_and_version() -> None:
    from netloom.operators.builtin import builtin_catalogue

    catalogue = builtin_catalogue()
    resize, flip = catalogue.operator("image.resize"), catalogue.operator("image.flip")
    assert operator_code_hash(resize) != operator_code_hash(flip)
    newer = replace(resize, version=resize.version + 1)
    assert operator_code_hash(newer) != operator_code_hash(resize)


def test_code_hashes_agree_between_processes(project: Path) -> None:
    here = code_hash(project)
    script = (
        "import sys; from pathlib import Path\n"
        "from netloom.graph.catalogue import Catalogue\n"
        "from netloom.graph.fingerprint import operator_code_hash\n"
        "from netloom.graph.plugins import with_files\n"
        "c = with_files(Catalogue(), [Path(sys.argv[1])])\n"
        "print(operator_code_hash(c.operator('mine.double')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(project / "operators" / "mine.py")],
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == here
