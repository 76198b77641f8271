"""CVAT for images 1.1: one XML file with boxes, polygons, masks and tags of every picture."""

from __future__ import annotations

from netloom.core.diagnostics import Place
from netloom.data.annotations import (
    AnnotatedImage,
    Box,
    ObjectAnnotation,
    ObjectPlaces,
    Ring,
    box_around,
)
from netloom.data.formats.annotated.annotated_images import (
    AnnotatedImages,
    AnnotationFormat,
    ReadingNotes,
    Recognition,
    read_result,
)
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.finite_numbers import finite
from netloom.data.formats.annotated.problems import (
    LISTED_TWICE,
    MISSING_PICTURE,
    UNKNOWN_LABEL,
    UNREADABLE,
)
from netloom.data.formats.annotated.source_folder import PictureFinder, SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.formats.annotated.turned_boxes import turned_about_middle
from netloom.data.formats.annotated.xml_tree import XmlElement, parse_xml
from netloom.data.formats.listing import natural_key
from netloom.data.formats.part_names import part_named

NAME = "cvat"
_LOOKED_AT = 4 << 10
_SHAPES = frozenset({"box", "polygon", "mask", "tag"})
_IGNORED = frozenset({"polyline", "points", "ellipse", "cuboid", "skeleton"})


def _recognise(folder: SourceFolder) -> Recognition | None:
    files = _files(folder)
    return Recognition(0.98, f"{files[0]} is an XML file of CVAT") if files else None


def _files(folder: SourceFolder) -> list[str]:
    found = []
    for path in folder.ending(".xml"):
        try:
            start = folder.ends(path, _LOOKED_AT)[:_LOOKED_AT]
        except ValueError:
            continue
        if b"<annotations" in start and (b"<meta" in start or b"<image" in start):
            found.append(path)
    return found


@collection_paused()
def _read(folder: SourceFolder) -> AnnotatedImages:
    notes = ReadingNotes()
    finder = PictureFinder(folder)
    images: dict[str, AnnotatedImage] = {}
    labels: list[str] = []
    for file in _files(folder):
        try:
            root = parse_xml(folder.text(file))
        except ValueError as error:
            notes.problem(UNREADABLE, file, str(error), file=file)
            continue
        declared = _declared_labels(root)
        labels += [name for name in declared if name not in labels]
        reader = _ImageReader(file, finder, notes, frozenset(declared))
        for element in root.all("image"):
            reader.add(element, images)
        notes.ignored("tracks of videos", sum(1 for _ in root.all("track")))
    notes.ignored("pictures that no file lists", len(set(folder.images) - set(images)))
    notes.guessed(finder.guessed)
    if not labels:
        said = {each.label for image in images.values() for each in image.objects or ()}
        said |= {image.label for image in images.values()}
        labels = sorted((name for name in said if name), key=natural_key)
    return read_result(NAME, folder, list(images.values()), notes, labels=labels)


def _declared_labels(root: XmlElement) -> list[str]:
    meta = root.first("meta")
    names: dict[str, None] = {}
    for owner in meta.children if meta else ():
        for labels in owner.all("labels"):
            names.update(dict.fromkeys(each.said("name") for each in labels.all("label")))
    return list(names)


class _UnusableError(Exception):
    pass


class _ImageReader:
    """Turns the images of one file into values."""

    def __init__(
        self,
        file: str,
        finder: PictureFinder,
        notes: ReadingNotes,
        declared: frozenset[str],
    ) -> None:
        self._file = file
        self._near = f"{file[: file.rfind('/') + 1]}images/"
        self._finder = finder
        self._notes = notes
        self._declared = declared

    def add(self, element: XmlElement, images: dict[str, AnnotatedImage]) -> None:
        """Add an image, or note why it cannot be used."""
        said = element.attributes
        name, subset = said.get("name", ""), said.get("subset", "")
        starts = (f"{self._near}{subset}/" if subset else self._near, self._near)
        exact = (found for start in starts if (found := self._finder.at(start + name)))
        path = next(exact, None) or self._finder.find(name)
        problem = None
        if path is None:
            problem = MISSING_PICTURE, "there is no such picture"
        elif path in images:
            problem = LISTED_TWICE, f"line {images[path].place.line} lists it already"
        if path is None or problem:
            kind, reason = problem or (MISSING_PICTURE, "")
            self._notes.problem(kind, name, reason, file=self._file, line=element.line)
            return
        objects, lines, tags = self._objects(element, name)
        if len(tags) > 1:
            where = f"{self._file}:{element.line}: {name}"
            self._notes.seen("pictures with several tags, of which the first counts", where)
        images[path] = AnnotatedImage(
            path=path,
            size=_size(element),
            part=part_named(subset),
            label=tags[0] if tags else None,
            objects=tuple(objects),
            place=Place(file=self._file, line=element.line),
            object_places=ObjectPlaces(self._file, lines),
        )

    def _objects(
        self, element: XmlElement, name: str
    ) -> tuple[list[ObjectAnnotation], list[int], list[str]]:
        """Objects, the line of each, and tags."""
        objects, lines, tags = [], [], []
        for number, child in enumerate(element.children, start=1):
            if child.name in _IGNORED:
                where = f"{self._file}:{child.line}: {child.name}"
                self._notes.seen("shapes that no task uses", where)
            if child.name not in _SHAPES:
                continue
            label = child.attributes.get("label") or None
            if label is not None and self._declared and label not in self._declared:
                reason = f"{label!r} is not among the labels of the file"
                self._problem(UNKNOWN_LABEL, name, number, reason, child)
            elif child.name == "tag":
                tags += [label] if label else []
            else:
                try:
                    objects.append(_object(child, label, _size(element)))
                    lines.append(child.line)
                except (_UnusableError, KeyError, ValueError) as error:
                    reason = str(error) if isinstance(error, _UnusableError) else _UNCLEAR
                    self._problem(UNREADABLE, name, number, reason, child)
        return objects, lines, tags

    def _problem(
        self, kind: object, name: str, number: int, reason: str, element: XmlElement
    ) -> None:
        what = f"{name}, object {number}"
        self._notes.problem(kind, what, reason, file=self._file, line=element.line)  # type: ignore[arg-type]


_UNCLEAR = "its coordinates are missing or no numbers"


def _size(element: XmlElement) -> tuple[int, int] | None:
    try:
        return int(element.attributes["width"]), int(element.attributes["height"])
    except (KeyError, ValueError):
        return None


def _object(
    element: XmlElement, label: str | None, size: tuple[int, int] | None
) -> ObjectAnnotation:
    box, outlines, holes = _shape(element, size)
    attributes = {each.attributes.get("name", ""): each.text for each in element.all("attribute")}
    if element.attributes.get("occluded") == "1":
        attributes["occluded"] = "1"
    return ObjectAnnotation(
        box=box, label=label, outlines=outlines, holes=holes, attributes=attributes
    )


def _shape(
    element: XmlElement, size: tuple[int, int] | None
) -> tuple[Box, tuple[Ring, ...], tuple[Ring, ...]]:
    said = element.attributes
    if element.name == "box":
        box = Box(*(finite(said[side]) for side in ("xtl", "ytl", "xbr", "ybr")))
        degrees = finite(said.get("rotation", 0))
        if not degrees:
            return box, (), ()
        ring = turned_about_middle(box, degrees)
        return box_around((ring,)), (ring,), ()
    if element.name == "polygon":
        corners = [pair.split(",") for pair in said["points"].split(";") if pair.strip()]
        ring = tuple((finite(x), finite(y)) for x, y in corners)
        return (box_around((ring,)) if ring else Box(0, 0, 0, 0)), (ring,), ()
    return _mask(element, size)


def _mask(
    element: XmlElement, size: tuple[int, int] | None
) -> tuple[Box, tuple[Ring, ...], tuple[Ring, ...]]:
    from netloom.data.formats.annotated.cvat_runs import mask_of_runs

    if size is None:
        raise _UnusableError("its picture has no size, which a mask needs")
    said = element.attributes
    lengths = [int(piece) for piece in said["rle"].split(",")]
    left, top, width, height = (int(said[key]) for key in ("left", "top", "width", "height"))
    try:
        outlines, holes = mask_of_runs(lengths, (left, top, width, height), size)
    except ValueError as error:
        raise _UnusableError(f"its mask cannot be read: {error}") from None
    if not outlines:
        raise _UnusableError("its mask is empty")
    return box_around(outlines), outlines, holes


def _write(found: AnnotatedImages, target: TargetFolder) -> None:
    from netloom.data.formats.annotated.cvat_writing import write

    write(found, target)


CVAT = AnnotationFormat(
    name=NAME,
    carries=frozenset(
        (
            "parts",
            "classes",
            "boxes",
            "outlines",
            "several outlines",
            "holes",
            "labels",
            "attributes",
            "order",
        )
    ),
    recognise=_recognise,
    read=_read,
    write=_write,
    in_pixels=frozenset(("several outlines", "holes")),
)
