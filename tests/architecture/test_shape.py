"""Files, functions and classes stay small, and names say what things are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

MAX_FILE_LINES = 400
MAX_MEDIAN_LINES = 200
MAX_FUNCTION_LINES = 60
MAX_CLASS_LINES = 250

# Each exception names the reason why the thing is one idea and stays whole.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
LONG_CLASSES: dict[str, str] = {}

SHAPELESS_MODULES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
SHAPELESS_CLASS = re.compile(r"(Manager|Handler|Processor|Helper|Utils?|Wrapper|Impl)$")
WORDS_FOR_SETTINGS = re.compile(r"(^|_)(config|configs|args|params)$")
# Python's own names for these things, and those of libraries that are called.
ALLOWED_ARGUMENTS = {"args"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def sources(repository: Path) -> Iterator[tuple[str, Path]]:
    root = repository / "src" / "netloom"
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).as_posix(), path


def definitions(repository: Path) -> Iterator[tuple[str, Definition]]:
    for name, path in sources(repository):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Definition):
                yield f"{name}:{node.name}", node


def length(node: Definition) -> int:
    """Lines of the body, docstrings left out: explaining more must not be punished."""
    assert node.end_lineno is not None
    first = node.body[0]
    lines = node.end_lineno - first.lineno + 1
    for inner in ast.walk(node):
        if isinstance(inner, Definition) and ast.get_docstring(inner) is not None:
            docstring = inner.body[0]
            assert docstring.end_lineno is not None
            lines -= docstring.end_lineno - docstring.lineno + 1
    return lines


def test_files_are_short(repository: Path) -> None:
    lines = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in sources(repository)
    }
    long = {name: count for name, count in lines.items() if count > MAX_FILE_LINES}
    assert set(long) == set(LONG_FILES), long
    assert median(count for count in lines.values() if count) <= MAX_MEDIAN_LINES


def test_functions_are_short(repository: Path) -> None:
    long = {
        name: length(node)
        for name, node in definitions(repository)
        if not isinstance(node, ast.ClassDef) and length(node) > MAX_FUNCTION_LINES
    }
    assert set(long) == set(LONG_FUNCTIONS), long


def test_classes_are_short(repository: Path) -> None:
    long = {
        name: length(node)
        for name, node in definitions(repository)
        if isinstance(node, ast.ClassDef) and length(node) > MAX_CLASS_LINES
    }
    assert set(long) == set(LONG_CLASSES), long


def test_modules_are_named_for_a_concept(repository: Path) -> None:
    shapeless = [name for name, path in sources(repository) if path.stem in SHAPELESS_MODULES]
    assert shapeless == []


def test_classes_are_named_for_a_concept(repository: Path) -> None:
    shapeless = [
        name
        for name, node in definitions(repository)
        if isinstance(node, ast.ClassDef) and SHAPELESS_CLASS.search(node.name)
    ]
    assert shapeless == []


def test_settings_are_called_settings(repository: Path) -> None:
    wrong = []
    for name, node in definitions(repository):
        if isinstance(node, ast.ClassDef):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        wrong += [
            f"{name}({argument.arg})"
            for argument in arguments
            if WORDS_FOR_SETTINGS.search(argument.arg) and argument.arg not in ALLOWED_ARGUMENTS
        ]
    assert wrong == []


def test_package_files_export_nothing(repository: Path) -> None:
    """Names are imported from the module that defines them; only the top package re-exports."""
    filled = [
        name
        for name, path in sources(repository)
        if path.name == "__init__.py" and name != "__init__.py" and path.read_text().strip()
    ]
    assert filled == []


def test_the_top_package_offers_few_names() -> None:
    import netloom

    assert len(getattr(netloom, "__all__", ())) <= 20


def test_nothing_stored_is_unpickled_or_evaluated(repository: Path) -> None:
    """Loading never executes: see ARCHITECTURE.md."""
    found = []
    for name, path in sources(repository):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _dotted(node.func) in {
                "eval", "exec", "pickle.load", "pickle.loads", "torch.save", "joblib.load",
                "cloudpickle.loads", "marshal.loads", "shelve.open", "yaml.load",
            }:  # fmt: skip
                found.append(f"{name}:{node.lineno}")
            if isinstance(node, ast.Call) and _dotted(node.func) in {"torch.load", "np.load"}:
                keywords = {keyword.arg for keyword in node.keywords}
                if not keywords & {"weights_only", "allow_pickle", "mmap_mode"}:
                    found.append(f"{name}:{node.lineno}")
    assert found == []


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
