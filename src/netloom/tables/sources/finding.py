"""Which files a source reads: the newest of its days whose data are there and complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from netloom.core.digests import digest_of_json
from netloom.core.errors import InvalidData
from netloom.core.locations import local_path
from netloom.tables.sources.days import Days, days_of, filled
from netloom.tables.sources.formats import SUFFIXES, Delta, TableFormat
from netloom.tables.sources.places import Place, is_url, look


@dataclass(frozen=True, slots=True)
class Request:
    """What a source is asked for, as its settings say.

    Attributes:
        path: May hold ``{date:…}``.
        marker: Name of a file that says that a folder is complete; None does not ask.
        min_bytes: Fewer are not yet complete.
        min_rows: Fewer are not yet complete.
    """

    path: str
    format: TableFormat
    date: str | None = None
    shift_days: int = 0
    degrade_days: int = 0
    marker: str | None = None
    min_bytes: int = 0
    min_rows: int = 1

    @property
    def days(self) -> Days:
        """The days that will do."""
        return days_of(
            self.path,
            date_text=self.date,
            shift_days=self.shift_days,
            degrade_days=self.degrade_days,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """Data of one day that look complete from outside.

    Attributes:
        late_days: How many days older than wanted.
    """

    day: date | None
    path: str
    place: Place
    late_days: int


@dataclass
class Search:
    """Goes through the days of a request and remembers why each did not do."""

    request: Request
    project: Path
    refused: list[str] = field(default_factory=list)

    def candidates(self) -> Iterator[Candidate]:
        """Days whose files are there, newest first.

        Raises:
            InvalidData: A place cannot be reached, or the date is none.
        """
        for late, day in enumerate(self.request.days):
            path = filled(self.request.path, day)
            place = self._place(path)
            why = self._refusal(place)
            if why is None:
                assert place is not None
                yield Candidate(day, path, place, late)
            else:
                self.refuse(day, path, why)

    def refuse(self, day: date | None, path: str, why: str) -> None:
        """Remember why a day will not do."""
        self.refused.append(f"{day}: {path}: {why}" if day else f"{path}: {why}")

    def refuse_rows(self, candidate: Candidate, rows: int) -> None:
        """Remember that a day has too few rows."""
        least = self.request.min_rows
        why = "has no rows" if rows == 0 else f"has {rows} of at least {least} rows"
        self.refuse(candidate.day, candidate.path, why)

    def nothing_found(self) -> InvalidData:
        """The error that lists every day and why it did not do."""
        request = self.request
        if request.date is None:
            return InvalidData.of(
                f"there is no table: {self.refused[0]}",
                code="T120",
                fix="Check the path; relative ones start at the project folder",
            )
        wanted = request.days.wanted
        days = request.degrade_days
        back = f" or the {'day' if days == 1 else f'{days} days'} before" if days else ""
        return InvalidData.of(
            f"there are no complete data of {wanted}{back}: " + "; ".join(self.refused),
            code="T120",
            fix="Wait for the data, or allow older ones with `degrade_days`",
        )

    def _place(self, path: str) -> Place | None:
        form = self.request.format
        if isinstance(form, Delta):
            from netloom.tables.sources.delta import files_of_version

            folder = local_path(f"path:{path}", self.project)
            if is_url(path) or folder.is_file():
                raise InvalidData.of(
                    "Delta tables are read from folders of this machine", code="T126", got=path
                )
            return files_of_version(folder, form.version) if folder.is_dir() else None
        found = look(path, project=self.project, marker=self.request.marker)
        return None if found is None else _of_format(found, form.type)

    def _refusal(self, place: Place | None) -> str | None:
        if place is None:
            return "does not exist"
        if not place.files:
            return "has no files"
        if not place.has_marker:
            return f"has no {self.request.marker}"
        if place.size_bytes < self.request.min_bytes:
            return f"has {place.size_bytes} of at least {self.request.min_bytes} bytes"
        return None


def _of_format(place: Place, form: str) -> Place:
    """Files named like the format, if any is; else all of them."""
    named = tuple(file for file in place.files if file.path.lower().endswith(SUFFIXES[form]))
    return Place(place.folder, named or place.files, place.has_marker)


def identity_of(request: Request, project: Path) -> str:
    """What would be read, as a text that changes when it does. Only looks at names, sizes and times.

    All days that might be taken count, up to the first that surely will be.

    Raises:
        InvalidData: No day has data.
    """
    search = Search(request, project)
    seen = []
    for candidate in search.candidates():
        files = [[file.path, file.size_bytes, file.stamp] for file in candidate.place.files]
        seen.append([str(candidate.day), candidate.place.folder, files])
        if request.min_rows <= 1:
            break
    if not seen:
        raise search.nothing_found()
    return digest_of_json(seen)
