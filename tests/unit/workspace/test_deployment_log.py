"""The log of a deployment: limited in size, read by offsets that stay valid."""

from __future__ import annotations

from pathlib import Path

from netloom.workspace.deployments.log import DeploymentLog, LogPiece


def small(folder: Path) -> DeploymentLog:
    return DeploymentLog(folder / "log", file_bytes=12, most_files=2)


def test_it_is_empty_before_anything_is_written(tmp_path: Path) -> None:
    assert small(tmp_path).read(0, limit_bytes=99) == LogPiece(b"", 0)
    assert small(tmp_path).tail(limit_bytes=99) == LogPiece(b"", 0)


def test_pieces_follow_each_other_over_files(tmp_path: Path) -> None:
    log = small(tmp_path)
    for line in (b"one\n", b"two\n", b"three\n", b"four\n"):
        log.write(line)
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == [
        "0000000000000000.log",
        "0000000000000008.log",
    ]
    first = log.read(0, limit_bytes=11)
    assert first == LogPiece(b"one\ntwo\nthr", 0)
    rest = log.read(first.next_offset, limit_bytes=99)
    assert rest == LogPiece(b"ee\nfour\n", 11)
    assert log.read(rest.next_offset, limit_bytes=99) == LogPiece(b"", 19)
    assert log.read(10**9, limit_bytes=99) == LogPiece(b"", 19)


def test_the_oldest_lines_go_and_offsets_stay(tmp_path: Path) -> None:
    log = small(tmp_path)
    for number in range(9):
        log.write(b"line %d\n" % number)
    again = small(tmp_path)  # as after the server has started anew
    assert again.read(0, limit_bytes=99) == LogPiece(b"line 7\nline 8\n", 49)
    again.write(b"x\n")
    assert again.read(63, limit_bytes=99) == LogPiece(b"x\n", 63)
    assert len(list((tmp_path / "log").iterdir())) == 2


def test_a_line_longer_than_a_file_is_kept_whole(tmp_path: Path) -> None:
    log = small(tmp_path)
    log.write(b"a" * 25 + b"\n")
    log.write(b"b\n")
    assert log.read(0, limit_bytes=99).content == b"a" * 25 + b"\nb\n"


def test_the_tail_begins_with_a_whole_line(tmp_path: Path) -> None:
    log = DeploymentLog(tmp_path / "log")
    log.write(b"first line\nsecond\n")
    assert log.tail(limit_bytes=12) == LogPiece(b"second\n", 11)
    assert log.tail(limit_bytes=99) == LogPiece(b"first line\nsecond\n", 0)
    log.note("stopped")
    assert log.tail(limit_bytes=40).content.endswith(b" netloom: stopped\n")
