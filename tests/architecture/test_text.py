"""What is written in the repository: no machine's own paths, links that lead somewhere, code that runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PLACES = ("src", "docs", "examples", "benchmarks", "tests", ".ci")
SUFFIXES = {".py", ".md", ".yaml", ".yml", ".toml", ".html", ".txt", ".json", ""}

# Absolute paths of one machine, and names of the places where this code was written.
# "/home/me" is nobody's: tests that need an absolute path use it.
FOREIGN = re.compile(r"(?<![\w.~])/(work|home(?!/me\b)|Users|root)/[\w.]")
MAY_NAME_SUCH_PATHS = {"tests/architecture/test_text.py"}

RUNNABLE = re.compile(r"^```python runnable\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")


def texts() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in SUFFIXES)
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*")):
            inner = path.relative_to(ROOT / place).parts
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inner[:-1])
            if path.is_file() and path.suffix in SUFFIXES and not hidden:
                yield path


def lines_of(path: Path) -> list[str]:
    """Lines of a file; some test inputs are broken UTF-8 on purpose."""
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def documents() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def test_no_path_of_one_machine_is_written_down() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts()
        if path.relative_to(ROOT).as_posix() not in MAY_NAME_SUCH_PATHS
        for number, line in enumerate(lines_of(path), start=1)
        if FOREIGN.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_links_in_documents_lead_to_files(document: Path) -> None:
    broken = [
        target
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_runnable_blocks_run(document: Path, tmp_path: Path) -> None:
    """All ``python runnable`` blocks of one document run in order, as one program."""
    blocks = RUNNABLE.findall(document.read_text(encoding="utf-8"))
    if not blocks:
        return
    program = tmp_path / f"{document.stem}.py"
    program.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_constraints_pin_every_dependency() -> None:
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pins = {
        canonicalize_name(requirement.name): str(next(iter(requirement.specifier)).version)
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
        for requirement in [Requirement(line)]
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [
        Requirement(line) for line in [*project["dependencies"], *chain.from_iterable(extras)]
    ]
    assert {
        str(requirement): pins.get(canonicalize_name(requirement.name))
        for requirement in wanted
        if requirement.name != "netloom"
        and pins.get(canonicalize_name(requirement.name)) not in requirement.specifier
    } == {}
