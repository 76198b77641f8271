"""What every format of annotated images must do, run on small random data sets of what it can carry."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import cv2
import numpy as np
import pytest

from netloom.core.errors import InvalidData
from netloom.data.annotations import AnnotatedImage, Box, ObjectAnnotation, Ring, box_around
from netloom.data.formats.annotated.annotated_images import AnnotatedImages, AnnotationFormat, Fact
from netloom.data.formats.annotated.catalogue import FORMATS, detect
from netloom.data.formats.annotated.fitting import fitted
from netloom.data.formats.annotated.format_names import FormatName
from netloom.data.formats.annotated.rewriting import checked_with_headers
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.mask_files import png_of_levels, read_levels

NAMES = tuple(FORMATS)
PICTURES = tuple(name for name in NAMES if "videos" not in FORMATS[name].carries)
LABELS = {True: ("zebra", "ant", "交通灯"), False: ("ant", "bee", "交通灯")}
TEXTS = ("Hello, world", "出口 100 m", "a", "50%", '"quoted"', "x;y|z")
Facts = frozenset[Fact]
ABOUT_OBJECTS: Facts = frozenset(
    ("labels", "texts", "attributes", "crowds", "holes", "several outlines", "unlooked")
)


# ------------------------------------------------------------------------------ random data sets


class Draw:
    """Draws a data set of some facts and writes its pictures."""

    def __init__(self, facts: Facts, seed: int) -> None:
        self.facts = facts
        self.random = random.Random(seed)
        self.labels = LABELS["order" in facts]

    def data_set(self, root: Path, *, images: int = 6) -> AnnotatedImages:
        said = [self.image(root, number) for number in range(images)]
        labels = self.labels if self.needs_labels else ()
        if "masks" in self.facts:
            labels = ("background", *labels)
        if "order" not in self.facts and labels and "masks" not in self.facts:
            # All of them occur, since nothing else names them.
            said = [*said, *(self.labelled(root, name) for name in labels)]
        folder = SourceFolder.at(root)
        return AnnotatedImages(format="drawn", folder=folder, images=tuple(said), labels=labels)

    @property
    def needs_labels(self) -> bool:
        return bool(self.facts & {"labels", "classes", "masks"})

    def image(self, root: Path, number: int) -> AnnotatedImage:
        path = f"some folder/图 {number}.png"
        size = self.random.randint(12, 40), self.random.randint(12, 40)
        write_picture(root / path, size, seed=number)
        image = AnnotatedImage(path=path, size=size, part=self.part(), objects=self.objects(size))
        if image.objects is None and self.facts & {"boxes", "outlines"}:
            return image  # nobody has looked at it at all
        if "classes" in self.facts:
            image = replace(image, label=self.random.choice(self.labels))
        if "transcriptions" in self.facts:
            image = replace(image, text=self.random.choice([None, *TEXTS]))
        if "masks" in self.facts:
            levels = np.random.default_rng(number).choice([0, 1, 2, 3, 255], size[::-1])
            image = replace(image, mask=f"levels/{number}.png")
            write(root / f"levels/{number}.png", png_of_levels(levels.astype(np.uint8)))
        if "targets" in self.facts:
            write_picture(root / f"good/{number}.png", size, seed=100 + number)
            image = replace(image, target=f"good/{number}.png")
        return image

    def labelled(self, root: Path, name: str) -> AnnotatedImage:
        path = f"more/{self.labels.index(name)}.png"
        write_picture(root / path, (20, 20), seed=0)
        objects = self.objects((20, 20), count=0)
        image = AnnotatedImage(path=path, size=(20, 20), part=self.part(), objects=objects)
        if "classes" in self.facts:
            return replace(image, label=name)
        return replace(image, objects=(self.placed(Box(1, 2, 9, 8), name),))

    def part(self) -> Any:
        if "parts" in self.facts:
            return self.random.choice(["train", "valid", "test"])
        return self.random.choice(["test", None]) if "test part" in self.facts else None

    def objects(self, size: tuple[int, int], count: int | None = None) -> Any:
        if not self.facts & {"boxes", "outlines"}:
            return None
        if "unlooked" in self.facts and count is None and self.random.random() < 0.2:
            return None
        number = self.random.randint(0, 3) if count is None else count
        return tuple(self.object(size) for _ in range(number))

    def object(self, size: tuple[int, int]) -> ObjectAnnotation:
        label = self.random.choice(self.labels)
        kinds: list[str] = [kind for kind in ("boxes", "outlines") if kind in self.facts]
        if "outlines" in self.facts:
            kinds += [kind for kind in ("several outlines", "holes") if kind in self.facts]
        kind = self.random.choice(kinds)
        box = self.box(size)
        if kind == "boxes":
            return self.placed(box, label)
        if kind == "outlines":
            return self.placed(box, label, (self.outline(box),))
        left, top = self.random.randint(0, 2), self.random.randint(0, 2)
        if kind == "several outlines":
            rings = (
                Box(left, top, left + 3, top + 2).ring,
                Box(left, top + 4, left + 2, top + 7).ring,
            )
            return self.placed(box_around(rings), label, rings)
        around = Box(left, top, left + 8, top + 7)
        hole = Box(left + 2, top + 1, left + 5, top + 4).ring
        return self.placed(around, label, (around.ring,), (hole,))

    def box(self, size: tuple[int, int]) -> Box:
        (left, right), (top, bottom) = (
            sorted(self.random.sample(range(side + 1), 2)) for side in size
        )
        return Box(left, top, right, bottom)

    def outline(self, box: Box) -> Ring:
        """A convex quadrilateral or triangle that touches the sides of a box."""
        left, top, right, bottom = box
        middle = (left + right) // 2
        ring = ((middle, top), (right, (top + bottom) // 2), (middle, bottom), (left, bottom))
        return ring[: self.random.choice([3, 4])]

    def placed(
        self, box: Box, label: str, outlines: tuple[Ring, ...] = (), holes: tuple[Ring, ...] = ()
    ) -> ObjectAnnotation:
        if "boxes" not in self.facts and not outlines:
            outlines = (box.ring,)
        attributes = {"breed": "corgi <&>"} if self.random.random() < 0.4 else {}
        return ObjectAnnotation(
            box=box_around(outlines) if outlines else box,
            label=label if "labels" in self.facts else None,
            outlines=outlines,
            holes=holes,
            text=self.random.choice(TEXTS) if "texts" in self.facts else None,
            attributes=attributes if "attributes" in self.facts else {},
            is_crowd="crowds" in self.facts and self.random.random() < 0.2,
        )


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_picture(path: Path, size: tuple[int, int], *, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    write(path, cv2.imencode(path.suffix, pixels)[1].tobytes())


def write_video(path: Path, *, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (32, 24))
    for frame in range(3):
        level = np.uint8((seed * 40 + frame * 20) % 256)
        writer.write(np.full((24, 32, 3), level, np.uint8))
    writer.release()


def drawn(facts: Facts, root: Path, *, seed: int) -> AnnotatedImages:
    if "videos" not in facts:
        return Draw(facts, seed).data_set(root)
    labels = LABELS[False]
    images = []
    for number, label in enumerate((*labels, *labels)):
        path = f"{number}.avi"
        write_video(root / path, seed=number)
        part = random.Random(seed + number).choice(["train", "test"])
        images.append(AnnotatedImage(path=path, label=label, part=part))
    folder = SourceFolder.at(root)
    return AnnotatedImages(format="drawn", folder=folder, images=tuple(images), labels=labels)


# ---------------------------------------------------------------------------------- comparisons


def rounded(ring: Iterable[tuple[float, float]], digits: int) -> list[tuple[float, float]]:
    return [(round(x, digits), round(y, digits)) for x, y in ring]


def facts_of(found: AnnotatedImages, *, digits: int, unlooked: bool = True) -> dict[str, Any]:
    """What a data set says, by the names of its files, without where they lie.

    Args:
        unlooked: Whether pictures that nobody has looked at are told from those without objects.
    """
    facts = {PurePosixPath(i.path).name: image_facts(found, i, digits=digits) for i in found.images}
    if not unlooked:
        facts = {name: said | {"objects": said["objects"] or None} for name, said in facts.items()}
    return facts


def image_facts(found: AnnotatedImages, image: AnnotatedImage, *, digits: int) -> dict[str, Any]:
    content = found.folder.content
    return {
        "bytes": content(image.path),
        "part": image.part,
        "label": image.label,
        "text": image.text,
        "mask": read_levels(content(image.mask)).tolist() if image.mask else None,
        "target": content(image.target) if image.target else None,
        "objects": None
        if image.objects is None
        else [object_facts(each, digits=digits) for each in image.objects],
    }


def object_facts(each: ObjectAnnotation, *, digits: int) -> dict[str, Any]:
    return {
        "box": [round(float(side), digits) for side in each.box],
        "label": each.label,
        "outlines": [rounded(ring, digits) for ring in each.outlines],
        "holes": [rounded(ring, digits) for ring in each.holes],
        "text": each.text,
        "attributes": dict(each.attributes),
        "crowd": each.is_crowd,
    }


def without_labels(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: said
        | {"objects": said["objects"] and [each | {"label": None} for each in said["objects"]]}
        for name, said in facts.items()
    }


def written(found: AnnotatedImages, form: AnnotationFormat, root: Path) -> AnnotatedImages:
    """The data set after it was written and read; nothing is wrong with it."""
    root.mkdir()
    form.write(found, TargetFolder(root, source=found.folder.root))
    again = form.read(SourceFolder.at(root))
    assert [str(problem) for problem in again.problems] == []
    return again


def same_labels(given: AnnotatedImages, read: AnnotatedImages, facts: Facts) -> bool:
    if "order" in facts or "masks" in facts:
        return read.labels == given.labels
    return set(read.labels) == set(given.labels)


# ---------------------------------------------------------------------------------------- tests


def test_settings_know_every_format() -> None:
    assert set(get_args(FormatName)) == set(FORMATS)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_what_a_format_carries_is_read_as_it_was_written(
    name: str, seed: int, tmp_path: Path
) -> None:
    form = FORMATS[name]
    given = drawn(form.carries, tmp_path / "given", seed=seed)
    fitting, changes = fitted(given, form)
    assert changes == ()
    assert facts_of(fitting, digits=3) == facts_of(given, digits=3)
    read = written(given, form, tmp_path / "written")
    assert facts_of(read, digits=3) == facts_of(given, digits=3)
    assert same_labels(given, read, form.carries)


@pytest.mark.parametrize("name", NAMES)
def test_a_written_folder_is_recognised(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]
    given = drawn(form.carries, tmp_path / "given", seed=5)
    written(given, form, tmp_path / "written")
    folder = SourceFolder.at(tmp_path / "written")
    # Rectangles of classes and of texts look alike: the task tells them apart.
    found = detect(
        folder, fits=lambda other: ("texts" in other.carries) >= ("texts" in form.carries)
    )
    assert found.form.name == name
    assert found.recognition.reason


@pytest.mark.parametrize("name", PICTURES)
def test_what_both_carry_survives_another_format(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]
    for number, other in enumerate(FORMATS[each] for each in PICTURES):
        both = form.carries & other.carries
        if not both & {"boxes", "outlines"}:
            both -= ABOUT_OBJECTS
        if not both - {"parts", "test part", "order", "unlooked"}:
            continue
        place = tmp_path / other.name
        given = drawn(both, place / "given", seed=number)
        between = written(fitted(given, other)[0], other, place / "between")
        fitting, _ = fitted(checked_with_headers(between)[0], form)
        read = written(fitting, form, place / "written")
        is_told = "unlooked" in both
        expected = facts_of(given, digits=2, unlooked=is_told)
        found = facts_of(read, digits=2, unlooked=is_told)
        if "labels" not in both:
            found = without_labels(found)  # some formats have a label for everything
        assert found == expected, other.name


TEXTS_OF_FORMATS = (".json", ".jsonl", ".xml", ".txt", ".csv", ".yaml")


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Cut short, with other bytes, without a line, or with a number where something else was."""
    kind = draw.randrange(5)
    place = draw.randrange(len(content) + 1)
    if kind == 0:
        return content[:place]
    if kind == 1:
        return content[:place] + bytes(draw.randrange(256) for _ in range(3)) + content[place + 3 :]
    if kind == 2:
        lines = content.split(b"\n")
        del lines[draw.randrange(len(lines))]
        return b"\n".join(lines)
    marks = [m for m in (b'"', b"[", b"0", b",", b"<", b"{", b"null", b"1") if m in content]
    if not marks:
        return content
    old = draw.choice(marks)
    new = draw.choice([b"null", b"[]", b"-1", b"1e999", b"x", b"{}", b"NaN", b""])
    parts = content.split(old)
    at = draw.randrange(1, len(parts))
    return old.join(parts[:at]) + new + old.join(parts[at:])


@pytest.mark.parametrize("name", PICTURES)
def test_damaged_files_never_stop_a_reader(name: str, tmp_path: Path) -> None:
    form = FORMATS[name]
    given = drawn(form.carries, tmp_path / "given", seed=7)
    root = tmp_path / "written"
    written(given, form, root)
    draw = random.Random(name)
    files = [path for path in root.rglob("*") if path.suffix in TEXTS_OF_FORMATS]
    for _ in range(30 if files else 0):
        file = draw.choice(files)
        content = file.read_bytes()
        file.write_bytes(damaged(content, draw))
        folder = SourceFolder.at(root)
        form.recognise(folder)
        try:
            found, problems = checked_with_headers(form.read(folder))
        except InvalidData:
            continue
        finally:
            file.write_bytes(content)
        assert len({image.path for image in found.images}) == len(found.images)
        assert all(str(problem) for problem in problems)
        for each in (each for image in found.images for each in image.objects or ()):
            assert each.box.area > 0
