from __future__ import annotations

import ast
from pathlib import Path

import pytest

from netloom.core.python_sources import source_digest, source_files

SOURCE = '''
"""What this is."""
from shared import level

def darken(image, *, amount: float = 0.5):
    """Less light."""
    if amount == 0 and not None:
        return f"{amount:.2f}", b"x", ...
    return image * amount
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "looks").mkdir()
    (tmp_path / "shared.py").write_text("level = 1")
    (tmp_path / "unrelated.py").write_text("")
    (tmp_path / "looks/mine.py").write_text(SOURCE)
    return tmp_path / "looks/mine.py"


def digest(file: Path, source: str | None = None) -> str:
    if source is not None:
        file.write_text(source)
    return source_digest(file, root=file.parents[1])


def test_imports_are_followed_from_the_root(file: Path) -> None:
    assert source_files(file, root=file.parents[1]) == [file, file.parents[1] / "shared.py"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Less light."""', '"""Fewer levels."""'),
        ('"""What this is."""', "# nothing"),
        ("image * amount", "(image*amount)  # scaled"),
        ("return image", "\n\n    return image"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(file: Path, old: str, new: str) -> None:
    assert old in SOURCE
    assert digest(file) == digest(file, SOURCE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("image * amount", "image + amount"),
        ("amount: float = 0.5", "amount: float = 0.6"),
        ("== 0", "== False"),
        ("not None", "not ..."),
        ("b'x'", "'x'"),
        (".2f", ".3f"),
        ("*, amount", "amount"),
        ("return image", "yield image"),
        ("", "return ("),
    ],
)
def test_everything_else_counts(file: Path, old: str, new: str) -> None:
    source = SOURCE.replace('b"x"', "b'x'")
    assert digest(file, source) != digest(file, source.replace(old, new, 1))


def test_imported_files_and_names_of_files_count(file: Path) -> None:
    before = digest(file)
    (file.parents[1] / "unrelated.py").write_text("x = 1")
    assert digest(file) == before
    assert digest(file.rename(file.with_name("other.py"))) != before
    file = file.with_name("other.py").rename(file)
    (file.parents[1] / "shared.py").write_text("level = 2")
    assert digest(file) != before


def test_fields_that_later_releases_of_python_add_do_not_count(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest(file)
    parse = ast.parse

    def parsed(content: bytes) -> ast.Module:
        tree = parse(content)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                node._fields = (*node._fields, "type_params", "later")
                node.type_params, node.later = [], None  # type: ignore[attr-defined]
        return tree

    monkeypatch.setattr(ast, "parse", parsed)
    assert digest(file) == before


def test_source_too_deep_to_be_walked_counts_as_it_is(file: Path) -> None:
    deep = "x = " + "+".join(["1"] * 900)
    assert digest(file, deep) == digest(file)
    assert digest(file, deep) != digest(file, deep + "+1")
