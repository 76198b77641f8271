import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netloom.core.errors import Conflict
from netloom.execution.local.claim import break_claim, claimed

HOLDER = """
import sys, time
from pathlib import Path
from netloom.execution.local.claim import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def end(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


def test_a_folder_is_free_again_after_its_claim(tmp_path: Path) -> None:
    for _ in range(2):
        with claimed(tmp_path / "new" / "node"):
            pass


def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    try:
        with pytest.raises(Conflict, match=f"Process {holder.pid} is still working"):
            with claimed(tmp_path, patience_s=0.05):
                raise AssertionError
    finally:
        end(holder)


def test_a_killed_holder_leaves_no_claim(tmp_path: Path) -> None:
    end(hold(tmp_path))
    with claimed(tmp_path, patience_s=1.0):
        pass


def test_breaking_a_claim_kills_the_holder_and_waits_for_its_end(tmp_path: Path) -> None:
    holder = hold(tmp_path)
    before = time.monotonic()
    assert break_claim(tmp_path)
    assert time.monotonic() - before < 5
    assert holder.wait() == -signal.SIGKILL
    holder.communicate()


def test_breaking_a_claim_nobody_holds_harms_nobody(tmp_path: Path) -> None:
    assert break_claim(tmp_path / "never")
    with claimed(tmp_path):
        pass
    assert break_claim(tmp_path)
