"""What importing may cost and change, each promise checked in a fresh process.

Who may import whom is checked by import-linter: its contracts are in pyproject.toml.
"""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import netloom

HEAVY = (
    "torch",
    "lightning_fabric",
    "sklearn",
    "scipy",
    "cv2",
    "pyarrow",
    "pandas",
    "tensorboardX",
    "duckdb",
    "ibis",
    "sqlglot",
    "pyspark",
)

LEFT_COLUMN = (
    "core",
    "graph",
    "execution",
    "accounts",
    "tracking",
    "store",
    "workspace",
    "server",
    "cli",
)

TORCH_FREE_DESCRIPTIONS = (
    "netloom.data.view",
    "netloom.data.transforms.catalogue",
    "netloom.models.spec",
)

# Never required: used where its user already has it.
GUESTS = {"IPython": "the live picture of a graph in a notebook"}

# Modules that only make sense as a program of their own, or inside Alembic.
NOT_IMPORTABLE = ("netloom.store.migrations.env",)


def modules_below(package: str) -> list[str]:
    folder = Path(netloom.__file__).parent
    prefix = f"netloom.{package}."
    names = [
        info.name
        for info in pkgutil.walk_packages([str(folder / package)], prefix)
        if not info.name.startswith("netloom.store.migrations.versions")
        and info.name not in NOT_IMPORTABLE
    ]
    return sorted(names)


def run_python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_after(*modules: str) -> set[str]:
    program = (
        "import sys, json, importlib\n"
        f"for name in {list(modules)!r}: importlib.import_module(name)\n"
        "print(json.dumps([name for name in sys.modules if '.' not in name]))"
    )
    return set(json.loads(run_python(program)))


def test_import_netloom_is_light() -> None:
    assert loaded_after("netloom").isdisjoint({*HEAVY, "sqlalchemy", "numpy", "pydantic"})


def test_the_command_line_starts_light() -> None:
    heavy = {*HEAVY, "sqlalchemy", "alembic", "numpy", "pydantic", "rich", "ruamel"}
    assert loaded_after("netloom.cli.main").isdisjoint(heavy)


@pytest.mark.parametrize("package", LEFT_COLUMN)
def test_the_left_column_never_loads_a_heavy_library(package: str) -> None:
    assert loaded_after(*modules_below(package)).isdisjoint(HEAVY)


def test_describing_never_loads_a_heavy_library() -> None:
    modules = [*modules_below("operators"), *TORCH_FREE_DESCRIPTIONS]
    assert loaded_after(*modules).isdisjoint(HEAVY)


def test_building_the_catalogue_never_loads_a_heavy_library() -> None:
    program = (
        "import sys\n"
        "from netloom.operators.builtin import catalogue\n"
        "for operator in catalogue().operators.values():\n"
        "    operator.inputs, operator.outputs, operator.settings_type.model_json_schema()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert run_python(program).strip() == "[]"


def test_importing_changes_no_global_state() -> None:
    modules = [name for package in (*LEFT_COLUMN, "operators") for name in modules_below(package)]
    program = f"""
import importlib, json, locale, logging, os, random, signal, sys, threading, warnings

def state():
    return {{
        "cwd": os.getcwd(),
        "environ": dict(os.environ),
        "locale": locale.setlocale(locale.LC_ALL),
        "loggers": [logging.getLogger().level, len(logging.getLogger().handlers)],
        "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)],
        "threads": threading.active_count(),
        "recursion": sys.getrecursionlimit(),
        "path": list(sys.path),
        "hooks": [sys.excepthook is sys.__excepthook__, len(sys.meta_path)],
    }}

def filters():
    def text(pattern):  # compiled, or plain if it came from the command line
        return getattr(pattern, "pattern", pattern)

    return [(kind, text(message), text(module))
            for kind, message, category, module, line in warnings.filters
            if category.__module__.startswith("netloom") or "netloom" in (text(module) or "")]

random.seed(0)
expected = random.Random(0).getstate()
before = state()
for name in {modules!r}:
    importlib.import_module(name)
after = state()
assert random.getstate() == expected, "the random state moved"
assert not filters(), filters()
print(json.dumps({{key: [before[key], after[key]] for key in before if before[key] != after[key]}}))
"""
    assert json.loads(run_python(program)) == {}


def test_only_declared_packages_are_imported(repository: Path) -> None:
    import ast
    import tomllib
    from importlib.metadata import packages_distributions

    document = tomllib.loads((repository / "pyproject.toml").read_text())
    declared = {_distribution(line) for line in document["project"]["dependencies"]}
    optional = {
        _distribution(line)
        for extra, lines in document["project"]["optional-dependencies"].items()
        if extra != "dev"
        for line in lines
    }
    distributions = {**packages_distributions(), "pydantic_core": ["pydantic"]}  # one library
    undeclared = {}
    for path in sorted((repository / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top in {"netloom", *GUESTS} or top in sys.stdlib_module_names:
                    continue
                owners = {_distribution(owner) for owner in distributions.get(top, [top])}
                if not owners & (declared | optional):
                    undeclared[top] = path.name
    assert undeclared == {}


def _distribution(requirement: str) -> str:
    import re

    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()
