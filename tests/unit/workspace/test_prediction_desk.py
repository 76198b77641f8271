"""The server's side of its prediction process, with processes that say little."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from netloom.core.errors import InvalidData, NotFound
from netloom.workspace.prediction_desk import PredictionDesk, PredictionUnavailable

ECHO = '''
"""Says what it was asked, unless it is to do something else."""

import argparse
import os
import socket
from pathlib import Path

from netloom.core.errors import InvalidData
from netloom.workspace.prediction_wire import Message
from netloom.workspace.prediction_process import serve


def answer(request):
    asked = request.document
    if "wait" in asked:
        Path(asked["begun"]).write_text("")
        Path(asked["wait"]).read_text()
    if "refuse" in asked:
        raise InvalidData.of("no", code="I010", fix="Yes")
    if "fail" in asked:
        raise RuntimeError("a defect")
    if "die" in asked:
        os._exit(3)
    return Message({**asked, "pid": os.getpid()}, request.content[::-1])


parser = argparse.ArgumentParser()
parser.add_argument("--fd", type=int)
parser.add_argument("--idle-s", type=float)
known, _ = parser.parse_known_args()
serve(socket.socket(fileno=known.fd), answer, idle_s=known.idle_s)
'''
DYING = 'import sys\nprint("no memory", file=sys.stderr)\nsys.exit(3)\n'

Opens = Callable[..., PredictionDesk]


@pytest.fixture
def open_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    for name, text in {"echo_worker": ECHO, "dying_worker": DYING}.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    opened = []

    def make(module: str = "echo_worker", **settings: Any) -> PredictionDesk:
        opened.append(PredictionDesk(tmp_path, tmp_path, module=module, **settings))
        return opened[-1]

    yield make
    for desk in opened:
        desk.close()


def pipe(folder: Path, name: str) -> Path:
    os.mkfifo(folder / name)
    return folder / name


def test_one_process_answers_until_the_desk_is_closed(open_desk: Opens) -> None:
    desk = open_desk()
    assert desk.pid is None
    first = desk.ask({"n": 1}, b"abc")
    assert (first.document, first.content) == ({"n": 1, "pid": desk.pid}, b"cba")
    large = b"\x01" + b"\x00" * 3_000_000
    assert desk.ask({"n": 2}, large) == ({"n": 2, "pid": first.document["pid"]}, large[::-1])
    desk.close()
    assert desk.pid is None
    with pytest.raises(PredictionUnavailable, match="The server is stopping"):
        desk.ask({})


def test_a_refusal_arrives_as_it_was_raised_and_ends_nothing(open_desk: Opens) -> None:
    desk = open_desk()
    with pytest.raises(InvalidData) as refused:
        desk.ask({"refuse": True})
    (diagnostic,) = refused.value.diagnostics
    assert (diagnostic.code, diagnostic.message, diagnostic.fix) == ("I010", "no", "Yes")
    pid = desk.pid
    with pytest.raises(InvalidData, match="RuntimeError: a defect"):
        desk.ask({"fail": True})
    assert desk.ask({}).document == {"pid": pid}


def test_a_process_that_was_killed_is_replaced_unnoticed(open_desk: Opens) -> None:
    desk = open_desk()
    before = desk.ask({}).document["pid"]
    os.kill(before, signal.SIGKILL)
    assert desk.ask({}).document["pid"] != before


def test_a_question_that_kills_twice_is_refused_and_the_next_one_answered(open_desk: Opens) -> None:
    desk = open_desk()
    with pytest.raises(PredictionUnavailable, match="died twice"):
        desk.ask({"die": True})
    assert desk.ask({}).document == {"pid": desk.pid}


def test_last_words_of_a_process_that_cannot_start_are_told(open_desk: Opens) -> None:
    with pytest.raises(PredictionUnavailable) as refused:
        open_desk("dying_worker").ask({})
    assert refused.value.diagnostics[0].got == "no memory"


def test_a_process_that_nobody_asks_ends_and_another_is_started_when_somebody_does(
    open_desk: Opens,
) -> None:
    desk = open_desk(idle_s=0.05)
    before = desk.ask({}).document["pid"]
    assert desk._running is not None
    assert desk._running.process.wait(20) == 0
    assert desk.pid is None
    assert desk.ask({}).document["pid"] != before


def test_whoever_comes_to_a_full_line_is_sent_away(open_desk: Opens, tmp_path: Path) -> None:
    desk = open_desk(most_in_line=1)
    begun, go_on = pipe(tmp_path, "begun"), pipe(tmp_path, "go_on")
    answers: list[Any] = []
    question = {"begun": str(begun), "wait": str(go_on)}
    asking = threading.Thread(target=lambda: answers.append(desk.ask(question).document))
    asking.start()
    begun.read_text()  # until it works on the first question
    with pytest.raises(PredictionUnavailable, match="Too many predictions are waiting"):
        desk.ask({})
    go_on.write_text("")
    asking.join(20)
    assert answers == [{**question, "pid": desk.pid}]


def test_an_answer_that_takes_too_long_is_given_up_and_its_process_ended(
    open_desk: Opens, tmp_path: Path
) -> None:
    desk = open_desk(patience_s=20.0)
    desk.ask({})
    desk._running.connection.settimeout(0.05)  # type: ignore[union-attr]
    begun = tmp_path / "begun"
    with pytest.raises(PredictionUnavailable, match="took too long"):
        desk.ask({"begun": str(begun), "wait": str(pipe(tmp_path, "never"))})
    assert desk.pid is None


def test_closing_sends_whoever_waits_away(open_desk: Opens, tmp_path: Path) -> None:
    desk = open_desk()
    begun = pipe(tmp_path, "begun")
    refused: list[str] = []

    def ask() -> None:
        try:
            desk.ask({"begun": str(begun), "wait": str(pipe(tmp_path, "never"))})
        except PredictionUnavailable as error:
            refused.append(error.diagnostics[0].message)

    asking = threading.Thread(target=ask)
    asking.start()
    begun.read_text()
    desk.close()
    asking.join(20)
    assert refused == ["the server is stopping"]


def test_the_real_process_refuses_what_it_does_not_find(tmp_path: Path) -> None:
    desk = PredictionDesk(tmp_path, tmp_path)
    with pytest.raises(NotFound, match="is not in this workspace"):
        desk.ask({"ask": "examples", "dataset": "0" * 64, "part": "test", "count": 3})
    desk.close()
