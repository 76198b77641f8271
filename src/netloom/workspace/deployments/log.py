"""What the processes of a deployment write, kept in files of limited size and read by byte offset.

A file is named by the offset of its first byte among all that was ever written; so offsets stay valid
when the oldest file goes, and when the server starts again.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

FILE_BYTES = 1 << 20
MOST_FILES = 3


@dataclass(frozen=True, slots=True)
class LogPiece:
    """A piece of the log, from ``offset`` on."""

    content: bytes
    offset: int

    @property
    def next_offset(self) -> int:
        """Where to go on."""
        return self.offset + len(self.content)


class DeploymentLog:
    """The log of one deployment. Safe for several threads; one program writes it."""

    def __init__(
        self, folder: Path, *, file_bytes: int = FILE_BYTES, most_files: int = MOST_FILES
    ) -> None:
        self._folder = folder
        self._file_bytes = file_bytes
        self._most_files = most_files
        self._lock = threading.Lock()

    def note(self, text: str) -> None:
        """Write a line of the server's own."""
        self.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} netloom: {text}\n".encode())

    def write(self, line: bytes) -> None:
        """Add to the end; the oldest file may go for it."""
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            files = self._files()
            last = files[-1] if files else self._folder / _name(0)
            size = last.stat().st_size if files else 0
            if size and size + len(line) > self._file_bytes:
                last = self._folder / _name(_base(last) + size)
                files.append(last)
                for old in files[: -self._most_files]:
                    old.unlink()
            with last.open("ab") as stream:
                stream.write(line)

    def read(self, after: int, *, limit_bytes: int) -> LogPiece:
        """From an offset on, or from the oldest byte there is. At the end the piece is empty."""
        with self._lock:
            files = self._files()
            if not files:
                return LogPiece(b"", 0)
            end = _base(files[-1]) + files[-1].stat().st_size
            offset = min(max(after, _base(files[0])), end)
            content = bytearray()
            for file in files:
                start, left = offset + len(content) - _base(file), limit_bytes - len(content)
                if left and 0 <= start < file.stat().st_size:
                    with file.open("rb") as stream:
                        stream.seek(start)
                        content += stream.read(left)
            return LogPiece(bytes(content), offset)

    def tail(self, *, limit_bytes: int) -> LogPiece:
        """The newest bytes, from the beginning of a line on if there is one among them."""
        with self._lock:
            files = self._files()
            end = _base(files[-1]) + files[-1].stat().st_size if files else 0
        piece = self.read(max(0, end - limit_bytes), limit_bytes=limit_bytes)
        cut = piece.content.find(b"\n") + 1 if piece.offset and end > limit_bytes else 0
        return LogPiece(piece.content[cut:], piece.offset + cut)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.log")) if self._folder.is_dir() else []


def _name(base: int) -> str:
    return f"{base:016d}.log"


def _base(file: Path) -> int:
    return int(file.stem)
