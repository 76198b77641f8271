"""Pipelines written in Python: the same graph as the file, operators in the script itself."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from netloom import Pipeline
from netloom.core.errors import InvalidPipeline
from netloom.operators.data import digits, split
from netloom.operators.evaluation import evaluate
from netloom.operators.image import resize
from netloom.operators.models import image_classifier
from netloom.operators.training import train

YAML = """\
netloom: 1
name: digits
nodes:
  digits:   {op: data.digits}
  parts:    {op: data.split, dataset: digits, valid: 0.1, test: 0.2, seed: 7}
  resize:   {op: image.resize, images: parts, size: 10}
  model:    {op: models.image_classifier, backbone: {type: convnet, widths: [4]}}
"""


def record(**options: Any) -> Pipeline:
    with Pipeline("digits", **options) as p:
        parts = split.node("parts")(digits(), valid=0.1, test=0.2, seed=7)
        resize(parts, size=10)
        image_classifier.node("model")(backbone={"type": "convnet", "widths": [4]})
    return p


def test_python_and_file_are_one_graph_with_one_cache(project: Any) -> None:
    project.write("digits.yaml", YAML)
    first = project.run("digits").require_success()

    p = record()
    assert p.validate() == []
    assert p.fingerprint == graph_fingerprint_of(project)
    assert p.workspace.layout.root == project.folder / ".netloom"
    assert {str(node.state) for node in p.plan().nodes.values()} == {"cached"}
    again = p.run()
    assert {str(node.state) for node in again.nodes.values()} == {"cached"}
    assert again.value("resize") == first.value("resize")

    project.write("written.yaml", p.to_yaml())
    written = project.run("written").require_success()
    assert {str(node.state) for node in written.nodes.values()} == {"cached"}
    assert_picture(p._repr_svg_(), p.graph.nodes)
    p.workspace.close()


def graph_fingerprint_of(project: Any) -> str:
    from netloom.graph.fingerprint import graph_fingerprint

    return graph_fingerprint(project.open().load(project.folder / "digits.yaml").graph)


def assert_picture(svg: str, nodes: Any) -> None:
    texts = [element.text for element in ET.fromstring(svg).iter() if element.text]
    assert set(nodes) <= set(texts)
    assert "cached" in svg


def test_mistakes_name_the_line_of_the_call(project: Any) -> None:
    with Pipeline("wrong") as p:
        fit = train(image_classifier(), digits(), epochs=-3)
        evaluate(fit.history, digits())
    found = {problem.code: problem for problem in p.validate()}
    lines = Path(__file__).read_text().splitlines()
    assert lines[found["G103"].place.line - 1].strip().startswith("fit = train(")
    assert lines[found["G108"].place.line - 1].strip().startswith("evaluate(fit.history")
    with pytest.raises(InvalidPipeline):
        p.run()
    assert list(project.open().runs()) == []


SCRIPT = '''
"""A script with operators of its own."""

from netloom import Needs, Pipeline, RunContext, operator

import helper_of_script


@operator(group="script", job=Needs(cpus=0))
def seven() -> int:
    """Seven."""
    return helper_of_script.SEVEN


@operator(group="script")
def doubled(number: int) -> int:
    """Twice."""
    return 2 * number


@operator(group="script", job=Needs(cpus=0))
def process(number: int) -> list[int]:
    """The number, and who computed it."""
    import os

    return [number, os.getpid()]


with Pipeline("script") as p:
    process(doubled(seven()))

GUARD
    import os

    result = p.run()
    number, pid = result.require_success().value("process")
    print(result.state, number, pid != os.getpid(), result.nodes["seven"].state)
'''


def run_script(project: Any, text: str) -> subprocess.CompletedProcess[str]:
    script = project.write("script.py", text)
    project.write("helper_of_script.py", "SEVEN = 7\n")
    return subprocess.run(
        [sys.executable, str(script)],
        cwd=project.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_operators_of_a_script_run_in_workers(project: Any) -> None:
    guarded = SCRIPT.replace("GUARD", 'if __name__ == "__main__":')
    done = run_script(project, guarded)
    assert done.stdout == "succeeded 14 True succeeded\n", done.stderr
    assert run_script(project, guarded).stdout == "succeeded 14 True cached\n"


def test_a_run_that_is_not_guarded_is_explained(project: Any) -> None:
    done = run_script(project, SCRIPT.replace("GUARD", "if True:"))
    assert done.returncode == 1
    line = 1 + SCRIPT.splitlines().index("    result = p.run()")
    assert done.stderr.strip().splitlines()[-1] == (
        f"netloom.core.errors.InvalidInput: {project.folder / 'script.py'}:{line}: This file starts a "
        "run while its operators are being loaded. Put the call of run() under: "
        "if __name__ == '__main__':."
    )
    assert list(project.open().runs()) == []
