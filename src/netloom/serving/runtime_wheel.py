"""The runtime: a wheel with those modules of this package that serving needs, written by the package itself.

So there is one source and one version, and whatever made a bundle can give it the runtime that fits it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from netloom.core.files import writing
from netloom.core.version import own_version
from netloom.serving.module_closure import PACKAGE, module_closure

DISTRIBUTION = "netloom-runtime"
_SERVING = {
    "click": "click",
    "cv2": "opencv-python-headless",  # bundles describe how pictures are cut
    "httptools": "httptools",  # these two are uvicorn's, for a fifth more requests
    "msgspec": "msgspec",
    "numpy": "numpy",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic",
    "uvicorn": "uvicorn",
    "uvloop": "uvloop",
}
"""What all serving imports, and the packages that bring it."""
_STARTS = ("netloom.serving.__main__", "netloom.serving.command")


@dataclass(frozen=True, slots=True)
class Runtime:
    """What it takes to serve some models.

    Attributes:
        libraries: What is imported, and the packages that bring it.
        starts: Modules of this package that are needed, with all that they need.
        without: Modules that only other models need.
    """

    libraries: Mapping[str, str]
    starts: tuple[str, ...]
    without: tuple[str, ...]


PICTURES = Runtime(
    libraries={**_SERVING, "PIL": "pillow", "onnxruntime": "onnxruntime"},
    starts=(
        *_STARTS,
        "netloom.serving.served_pictures",
        "netloom.tasks.catalogue",
        "netloom.inference.predictor",
    ),
    without=("netloom.serving.served_table",),
)
"""Models of pictures that ONNX Runtime computes."""
PICTURES_WITH_TORCH = replace(
    PICTURES,
    libraries={
        **PICTURES.libraries,
        "safetensors": "safetensors",
        "scipy": "scipy",
        "torch": "torch",
        "transformers": "transformers",
    },
)
"""Models of pictures that PyTorch computes."""
TABLES = Runtime(
    libraries={
        **_SERVING,
        "duckdb": "duckdb",
        "pyarrow": "pyarrow",
        "safetensors": "safetensors",
        "torch": "torch",
    },
    starts=(*_STARTS, "netloom.serving.served_table"),
    without=("netloom.serving.served_pictures",),
)
"""Models of tables."""

_DATA = ("serving/page/*",)
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def runtime_modules(runtime: Runtime = PICTURES) -> Mapping[str, Path]:
    """The modules of a runtime, and their files."""
    return _modules(runtime.starts, frozenset(runtime.libraries), runtime.without)


@cache
def _modules(
    starts: tuple[str, ...], libraries: frozenset[str], without: tuple[str, ...]
) -> Mapping[str, Path]:
    return module_closure(_root(), starts, libraries, without=without)


def wheel_name() -> str:
    """File name of the wheel, for this version and any Python and system.

    Example:
        >>> wheel_name().endswith("-py3-none-any.whl")
        True
    """
    return f"{DISTRIBUTION.replace('-', '_')}-{own_version()}-py3-none-any.whl"


def write_runtime(folder: Path, runtime: Runtime = PICTURES) -> Path:
    """Write the wheel of a runtime into a folder. The same sources give the same bytes.

    Returns:
        Its file.

    Raises:
        StorageFailed: The disk is full or the folder cannot be written.
    """
    root = _root()
    files = {
        f"{PACKAGE}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in (
            *runtime_modules(runtime).values(),
            *(path for pattern in _DATA for path in sorted(root.glob(pattern))),
        )
    }
    about = f"{DISTRIBUTION.replace('-', '_')}-{own_version()}.dist-info"
    files |= {
        f"{about}/METADATA": _metadata(runtime).encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: netloom\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n",
        f"{about}/entry_points.txt": b"[console_scripts]\n"
        b"netloom-runtime = netloom.serving.command:main\n",
    }
    record = f"{about}/RECORD"
    lines = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[record] = "\n".join((*lines, f"{record},,")).encode() + b"\n"
    target = folder / wheel_name()
    with writing(target) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return target


def pinned_requirements(runtime: Runtime = PICTURES) -> list[str]:
    """The libraries of a runtime and all that they need, in the versions that are installed here."""
    found: dict[str, str] = {}
    waiting = sorted(set(runtime.libraries.values()))
    while waiting:
        name = _normalised(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # only needed on other systems or Pythons
            continue
        waiting += _needed(name)
    return [f"{name}=={found[name]}" for name in sorted(found)]


def _needed(distribution: str) -> Iterator[str]:
    """Names of what a distribution needs, without its extras."""
    for line in requires(distribution) or ():
        requirement, _, marker = line.partition(";")
        name = _NAME.match(requirement)
        if name is not None and "extra" not in marker:
            yield name[0]


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _metadata(runtime: Runtime) -> str:
    lines = [
        "Metadata-Version: 2.3",
        f"Name: {DISTRIBUTION}",
        f"Version: {own_version()}",
        "Summary: Serves models that Netloom trained.",
        "License-Expression: Apache-2.0",
        "Requires-Python: >=3.11",
        *(f"Requires-Dist: {name}" for name in sorted(set(runtime.libraries.values()))),
    ]
    return "\n".join(lines) + "\n"


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _root() -> Path:
    return Path(__file__).parents[1]
