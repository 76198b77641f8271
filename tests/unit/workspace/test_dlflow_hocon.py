from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from netloom.core.diagnostics import Place
from netloom.core.errors import InvalidInput
from netloom.workspace.dlflow.hocon import Configuration, laid_over, read_hocon, with_assignments
from netloom.workspace.dlflow.reading import read_configuration

Files = Callable[..., list[Path]]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.chdir(tmp_path)

    def write(**texts: str) -> list[Path]:
        for name, text in texts.items():
            Path(f"{name}.conf").write_text(text)
        return [Path(f"{name}.conf") for name in texts]

    return write


def problem(files: list[Path]) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_configuration(files)
    return str(caught.value)


def test_values_and_the_lines_they_are_written_on(files: Files) -> None:
    main, _ = files(
        main="""// what is done
STEPS : "train, predict",  # in any order
base = /data
MODEL : { include file("model.conf") }
"spark.x" : 1, path : ${base}"/in", LIST : [ {key: A
  at: 3} ]
""",
        model='layers: [64, 32],\n\nparam { "p": 1.5 }\n',
    )
    found = read_hocon(main)
    assert found.values == {
        "STEPS": "train, predict",
        "base": "/data",
        "MODEL": {"layers": [64, 32], "param": {"p": 1.5}},
        "spark.x": 1,
        "path": "/data/in",
        "LIST": [{"key": "A", "at": 3}],
    }
    places = {
        key: str(found.place(key))
        for key in ("STEPS", "MODEL.layers", "MODEL.param.p", "spark.x", "LIST.0.at", "none")
    }
    assert places == {
        "STEPS": "main.conf:2",
        "MODEL.layers": "model.conf:1",
        "MODEL.param.p": "model.conf:3",
        "spark.x": "main.conf:5",
        "LIST.0.at": "main.conf:6",
        "none": "",
    }
    assert found.get("LIST.0.at") == 3


@pytest.mark.parametrize(
    "include",
    [
        'include url("http://127.0.0.1:9/x.conf")',
        'include "https://127.0.0.1:9/x.conf"',
        'a = 1, INCLUDE required( url ( "http://127.0.0.1:9/x.conf" ) )',
        'a = http://x include"file:///etc/hostname"',
        'include package("antigravity:x.conf")',
    ],
)
def test_nothing_is_fetched(files: Files, include: str) -> None:
    said = problem(files(main=f"STEPS: train\n{include}\n"))
    assert "is included from elsewhere" in said
    assert said.startswith("main.conf: ")


def test_includes_that_cannot_be_followed(files: Files) -> None:
    assert "'gone.conf' cannot be read: No such file" in problem(files(a='include "gone.conf"'))
    circle = files(a='include "b.conf"', b='x { include "./a.conf" }')
    assert "in a circle. Got a.conf → b.conf → a.conf" in problem(circle[:1])
    bomb = {f"f{n}": f'include "f{n + 1}.conf"\nx {{ include "f{n + 1}.conf" }}' for n in range(12)}
    assert "More than 500 files" in problem(files(**bomb, f12="y = 1")[:1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("STEPS: train\nMODEL: { layers: [1, 2 }\n", "main.conf:2: This is no HOCON"),
        ("STEPS: ${NOWHERE}", "main.conf: This HOCON cannot be understood: Cannot resolve"),
        ("[1, 2]", "main.conf: The file holds a list"),
        ("a = ${b}\nb = ${a}", "main.conf: This HOCON cannot be understood"),
    ],
)
def test_what_is_no_configuration_is_said_with_its_place(
    files: Files, text: str, said: str
) -> None:
    assert problem(files(main=text)).startswith(said)


def test_a_folder_of_files_is_one_configuration(files: Files) -> None:
    paths = files(
        bucket="b: {features: [x]}",
        main='STEPS: train, MERGE: {config_file: "/elsewhere/merge.conf"}, B: {include "bucket.conf"}',
        merge='steps: [], path = "${YYYY}"',
        own="EPOCHS = 3, STEPSIZE = 2",
    )
    assert read_configuration(paths).values == {
        "STEPS": "train",
        "MERGE": {"config_file": "/elsewhere/merge.conf"},
        "B": {"b": {"features": ["x"]}},
        "EPOCHS": 3,
        "STEPSIZE": 2,
    }
    assert "Several files have STEPS: main.conf, two.conf" in problem(
        [*paths, *files(two="STEPS = predict")]
    )


def test_assignments_lie_over_the_files_and_have_the_types_they_look_like() -> None:
    below = Configuration(
        {"A": {"x": 1, "y": [2]}, "D": "20200101"}, {"A.x": Place(file="a", line=1)}
    )
    found = with_assignments(below, ["A.x=false", "A.z.w=2.5", "D=20200102", "E=", "A.y=[1]"])
    assert found.values == {
        "A": {"x": False, "y": "[1]", "z": {"w": 2.5}},
        "D": "20200102",
        "E": "",
    }
    assert str(found.place("A.x")) == "--set A.x"
    with pytest.raises(InvalidInput, match="This is no assignment"):
        with_assignments(below, ["A.x"])
    merged = laid_over(below, Configuration({"A": 4}))
    assert merged.values == {"A": 4, "D": "20200101"}


def test_without_pyhocon_it_is_said_what_to_install(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyhocon", None)
    said = problem(files(main="STEPS: train"))
    assert said.endswith("is not installed. Install it: pip install 'netloom[dlflow]'.")
