"""The grammar of ``label.txt``, a text file beside the pictures::

    file      = { record }
    record    = path "," width "," height NL count NL count * ( geometry NL label NL )
    rectangle = left "," top "," right "," bottom
    polygon   = "(" x "," y ")" { "," "(" x "," y ")" }        clockwise, the first corner is not repeated
    label     = rest of the line: a class name, or the text that is written there

Read are also full-width commas, brackets and digits, blank lines, a last line of dots, numbers with a
fraction, and more or fewer objects than the count says. What cannot be read costs its record or object, not
the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from netloom.data.annotations import Box, PackedRing, Ring
from netloom.data.formats.annotated.finite_numbers import are_finite

_HEADER = re.compile(
    r"(?P<path>.*\.[A-Za-z]\w{1,4})\s*[,，]\s*(?P<width>\d+)\s*[,，]\s*(?P<height>\d+)\s*[,，]?"
)
"""A path has a suffix that begins with a letter; without that, a rectangle would look like it."""
_DOTS = re.compile(r"[.．。…·\s]+")
_WIDE = str.maketrans("（）．－；　０１２３４５６７８９，、", "().-; 0123456789,,")
_NOT_IN_NUMBERS = str.maketrans("", "", "() \t")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a record: its place, the line of it, and what stands below."""

    shape: Box | Ring
    label: str
    line: int


@dataclass(frozen=True, slots=True)
class Record:
    """One picture.

    Attributes:
        told: How many objects the file announces.
    """

    path: str
    size: tuple[int, int]
    told: int
    entries: tuple[Entry, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that cannot be read.

    Attributes:
        kind: ``noise``: dots, which mean nothing. ``line``: it is lost. ``corners``: the object has too few.
        name: Picture that it belongs to, as far as known.
    """

    kind: Literal["noise", "line", "corners"]
    name: str
    reason: str
    line: int


def parse_label_text(text: str) -> Iterator[Record | Fault]:
    r"""Records and faults in the order of the file.

    >>> record, noise = parse_label_text("a.jpg,60,40\n1\n13，13，28，29\ncat\n....\n")
    >>> record.entries[0].shape
    Box(left=13, top=13, right=28, bottom=29)
    """
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        line = lines[place].strip()
        if not line:
            place += 1
        elif header := _HEADER.fullmatch(line):
            record, faults, place = _record(lines, place, header)
            yield record
            yield from faults
        else:
            is_noise = _DOTS.fullmatch(line) is not None
            reason = f"{line[:40]!r} begins no record: path, width and height belong here"
            yield Fault("noise" if is_noise else "line", "the line", reason, place + 1)
            place += 1


def _record(lines: list[str], place: int, header: re.Match[str]) -> tuple[Record, list[Fault], int]:
    """The record that begins at a line, its faults, and the place after it."""
    path, start = header["path"].strip(), place + 1
    size = int(header["width"]), int(header["height"])
    place = _after_blank(lines, place + 1)
    faults: list[Fault] = []
    entries: list[Entry] = []
    told = _count(lines, place)
    if told is None:
        got = lines[place].strip()[:40] if place < len(lines) else "the end"
        reason = f"{got!r} stands where the number of objects belongs"
        return Record(path, size, 0, (), start), [Fault("line", path, reason, start + 1)], place
    place = _after_blank(lines, place + 1)
    while place < len(lines):
        line = lines[place]
        if _HEADER.fullmatch(line.strip()) or _DOTS.fullmatch(line.strip()):
            break
        shape = _shape(line)
        if isinstance(shape, str):
            faults.append(Fault("line", path, shape, place + 1))
            place = _after_blank(lines, _after_label(lines, place + 1))
            continue
        label, after = _label(lines, place + 1)
        if not isinstance(shape, Box) and len(shape) < 3:
            reason = f"an outline has {len(shape)} corners"
            faults.append(Fault("corners", f"{path}, object {len(entries) + 1}", reason, place + 1))
        else:
            entries.append(Entry(shape, label, place + 1))
        place = _after_blank(lines, after)
    return Record(path, size, told, tuple(entries), start), faults, place


def _count(lines: list[str], place: int) -> int | None:
    text = lines[place].strip() if place < len(lines) else ""
    return int(text) if text.isdecimal() else None


def _label(lines: list[str], place: int) -> tuple[str, int]:
    """The label below a geometry, and the place after it; empty if the next line is something else."""
    if place < len(lines) and lines[place].strip():
        return lines[place].strip(), place + 1
    return "", place


def _after_label(lines: list[str], place: int) -> int:
    """The place after what seems to be the label of a geometry that could not be read."""
    said = lines[place].strip() if place < len(lines) else ""
    is_other = not said or _HEADER.fullmatch(said) or _DOTS.fullmatch(said)
    return place if is_other or not isinstance(_shape(said), str) else place + 1


def _shape(line: str) -> Box | Ring | str:
    """The geometry of a line, or why it is none."""
    plain = line if line.isascii() else line.translate(_WIDE)
    pieces = plain.translate(_NOT_IN_NUMBERS).rstrip(",.;").replace(";", ",").split(",")
    try:
        numbers = [int(piece) if piece.isdecimal() else float(piece) for piece in pieces]
        if not are_finite(numbers):
            raise ValueError("it is not a number, or infinite")
    except ValueError:
        return f"{line.strip()[:40]!r} is neither a rectangle nor a polygon"
    if "(" not in plain:
        if len(numbers) == 4:
            return Box(*numbers)
        return f"a rectangle has 4 numbers, and this line {len(numbers)}"
    if len(numbers) % 2:
        return f"corners have two numbers each, and this line has {len(numbers)}"
    return PackedRing(numbers)


def _after_blank(lines: list[str], place: int) -> int:
    while place < len(lines) and not lines[place].strip():
        place += 1
    return place
