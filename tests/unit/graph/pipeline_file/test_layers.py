import re
from pathlib import Path

import pytest

from netloom.core.diagnostics import Diagnostic
from netloom.core.errors import InvalidPipeline
from netloom.graph.pipeline_file.layers import MAX_FILE_BYTES, LayerReader


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def refusal(path: Path) -> Diagnostic:
    with pytest.raises(InvalidPipeline) as caught:
        LayerReader(path.parent).read(path)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_files_are_laid_over_what_they_extend_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.yaml": "vars: {x: 1, y: 1, z: 1}\n",
            "sub/b.yaml": "extends: c.yaml\nvars: {y: 2, z: 2}\n",
            "sub/c.yaml": "vars: {w: 3, y: 3}\n",
            "main.yaml": "extends: [a.yaml, sub/b.yaml]\nvars: {z: 4}\n",
        },
    )
    reader = LayerReader(tmp_path)
    merged, inherited = reader.read(tmp_path / "main.yaml")
    assert merged.plain() == {"vars": {"x": 1, "y": 2, "z": 4, "w": 3}}
    assert inherited.plain() == {"vars": {"x": 1, "y": 2, "z": 2, "w": 3}}
    assert [path.relative_to(tmp_path).as_posix() for path in reader.files] == [
        "main.yaml",
        "a.yaml",
        "sub/b.yaml",
        "sub/c.yaml",
    ]


def test_a_project_path_starts_at_the_project_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"base.yaml": "vars: {x: 1}\n", "deep/er/main.yaml": "extends: project:base.yaml\n"},
    )
    merged, _ = LayerReader(tmp_path).read(tmp_path / "deep/er/main.yaml")
    assert merged.plain() == {"vars": {"x": 1}}


def test_two_files_may_extend_the_same_third(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "top.yaml": "vars: {x: 1}\n",
            "a.yaml": "extends: top.yaml\n",
            "b.yaml": "extends: top.yaml\n",
            "main.yaml": "extends: [a.yaml, b.yaml]\n",
        },
    )
    merged, _ = LayerReader(tmp_path).read(tmp_path / "main.yaml")
    assert merged.plain() == {"vars": {"x": 1}}


def test_a_circle_is_reported_with_its_path(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.yaml": "extends: a.yaml\n",
            "a.yaml": "name: x\nextends: ./b.yaml\n",
            "b.yaml": "extends: [a.yaml]\n",
        },
    )
    diagnostic = refusal(tmp_path / "main.yaml")
    names = re.findall(r"(\w+\.yaml)", diagnostic.message)
    assert (diagnostic.code, names, diagnostic.place.line) == (
        "D011",
        ["a.yaml", "b.yaml", "a.yaml"],
        1,
    )


def test_a_missing_file_is_reported_where_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"main.yaml": "netloom: 1\nextends: bass.yaml\n", "base.yaml": ""})
    diagnostic = refusal(tmp_path / "main.yaml")
    assert (diagnostic.code, diagnostic.place.file, diagnostic.place.line, diagnostic.fix) == (
        "D001",
        str(tmp_path / "main.yaml"),
        2,
        "Did you mean 'base.yaml'?",
    )


def test_a_common_suffix_alone_makes_no_suggestion(tmp_path: Path) -> None:
    write(tmp_path, {"main.yaml": "netloom: 1\nextends: nofile.yaml\n", "digits.yaml": ""})
    assert refusal(tmp_path / "main.yaml").fix is None


def test_the_file_itself_may_be_missing_or_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.yaml").code == "D001"
    assert refusal(tmp_path).code == "D001"


def test_a_file_must_be_utf8_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes("name: é\n".encode("latin-1"))
    assert refusal(tmp_path / "bad.yaml").code == "D002"
    (tmp_path / "bom.yaml").write_bytes("name: é\n".encode("utf-8-sig"))
    merged, _ = LayerReader(tmp_path).read(tmp_path / "bom.yaml")
    assert merged.plain() == {"name": "é"}


def test_a_file_that_is_too_large_is_refused_without_parsing_it(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert refusal(tmp_path / "large.yaml").code == "D003"


@pytest.mark.parametrize(
    "text", ["extends: 3\n", "extends: [a.yaml, {}]\n", "extends: '${vars.x}'\n"]
)
def test_extends_takes_file_names(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"main.yaml": text, "a.yaml": ""})
    assert refusal(tmp_path / "main.yaml").code == "D010"


@pytest.mark.parametrize("text", ["- a\n", "just text\n"])
def test_a_pipeline_file_is_a_mapping(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"main.yaml": text})
    assert refusal(tmp_path / "main.yaml").code == "D007"


def test_an_endless_family_of_files_is_refused(tmp_path: Path) -> None:
    files = {f"{i}.yaml": f"extends: [{i + 1}.yaml, {i + 1}.yaml]\n" for i in range(20)}
    write(tmp_path, {**files, "20.yaml": ""})
    assert refusal(tmp_path / "0.yaml").code == "D003"
