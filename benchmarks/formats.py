"""Reading annotations: from files to the objects column of an index, without decoding pictures.

Claims: ≥ 50 000 annotations a second from COCO (boxes; outlines with 20 corners) and from ``label.txt``;
≥ 10 000 from every other format, among them those that have a file for each picture. Measured are parsing,
finding the pictures, checking against their sizes (clipping, areas, outlines that cross themselves) and
building the column. Rates are per second of CPU time: on a shared machine wall time compares the neighbours
as well.

    python benchmarks/formats.py [--images 5000] [--objects 20]
"""

from __future__ import annotations

import argparse
import io
import json
import math
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import PIL.Image
from peers import row

from netloom.data.formats.annotated.catalogue import format_named
from netloom.data.formats.annotated.checking import checked_images
from netloom.data.formats.annotated.collection_pause import collection_paused
from netloom.data.formats.annotated.fitting import fitted
from netloom.data.formats.annotated.source_folder import SourceFolder
from netloom.data.formats.annotated.target_folder import TargetFolder
from netloom.data.objects import objects_column

WIDTH, HEIGHT = 640, 480
CORNERS = 20
OTHERS = ("voc", "yolo", "yolo_segment", "cvat", "label_studio", "jsonl", "csv")
LABELS = [f"class {number}" for number in range(80)]


def boxes(number: int, seed: int) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, width and height with two digits behind the point, as COCO has them."""
    draw = random.Random(seed)
    for _ in range(number):
        left, top = round(draw.uniform(0, 500), 2), round(draw.uniform(0, 350), 2)
        yield left, top, round(draw.uniform(1, 139), 2), round(draw.uniform(1, 129), 2)


def outline(box: tuple[float, float, float, float], seed: int) -> list[float]:
    """A line with dents, as people draw it."""
    left, top, width, height = box
    draw = random.Random(seed)
    numbers = []
    for corner in range(CORNERS):
        angle, reach = 2 * math.pi * corner / CORNERS, draw.uniform(0.7, 1)
        numbers.append(round(left + width * (1 + reach * math.cos(angle)) / 2, 2))
        numbers.append(round(top + height * (1 + reach * math.sin(angle)) / 2, 2))
    return numbers


def write_coco(root: Path, images: int, objects: int, *, with_outlines: bool) -> None:
    annotations: list[dict[str, Any]] = []
    for image in range(images):
        for box in boxes(objects, image):
            segmentation = [outline(box, len(annotations))] if with_outlines else []
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": len(annotations) % len(LABELS),
                    "bbox": list(box),
                    "area": box[2] * box[3],
                    "iscrowd": 0,
                    "segmentation": segmentation,
                }
            )
    listed = [
        {"id": n, "file_name": f"{n}.jpg", "width": WIDTH, "height": HEIGHT} for n in range(images)
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(LABELS)]
    document = {"images": listed, "annotations": annotations, "categories": categories}
    (root / "instances_train.json").write_text(json.dumps(document))


def write_label_text(root: Path, images: int, objects: int) -> None:
    lines = []
    for image in range(images):
        lines += [f"{image}.jpg,{WIDTH},{HEIGHT}", f"{objects}"]
        for number, (left, top, width, height) in enumerate(boxes(objects, image)):
            sides = (int(left), int(top), int(left + width) + 1, int(top + height) + 1)
            lines += [",".join(map(str, sides)), LABELS[number % len(LABELS)]]
    (root / "label.txt").write_text("\n".join(lines))


def write_pictures(root: Path, images: int) -> None:
    """The same grey picture again and again: some formats need its size."""
    encoded = io.BytesIO()
    PIL.Image.new("L", (WIDTH, HEIGHT)).save(encoded, "JPEG")
    for image in range(images):
        (root / f"{image}.jpg").write_bytes(encoded.getvalue())


def write_other(root: Path, images: int, objects: int, form: str) -> None:
    """The COCO data set, rewritten in another format."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place)
        write_pictures(source, images)
        write_coco(source, images, objects, with_outlines="boxes" not in format_named(form).carries)
        found = format_named("coco").read(SourceFolder.at(source))
        written, _ = fitted(found, format_named(form))
        for file in root.iterdir():
            file.unlink()
        format_named(form).write(written, TargetFolder(root, source=source))


def steps_of(root: Path, form: str, total: int) -> dict[str, float]:
    """Seconds of each step."""
    folder = SourceFolder.at(root)
    steps: dict[str, float] = {}

    def step(what: str, work: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = work()
        steps[f"{what}_s"] = round(time.process_time() - started, 3)
        return result

    found = step("read", lambda: format_named(form).read(folder))
    sizes = {image.path: (WIDTH, HEIGHT) for image in found.images}
    positions = {label: number for number, label in enumerate(found.labels)}
    with collection_paused():  # as where data sets are indexed
        images, problems = step("check", lambda: checked_images(found.images, sizes))
        step("column", lambda: objects_column([image.objects for image in images], positions))
    assert not found.problems
    assert not problems
    assert sum(len(image.objects or ()) for image in images) == total
    return steps


def json_alone(root: Path) -> dict[str, float]:
    """Seconds that the standard library takes to parse a COCO file: what cannot be avoided."""
    found = {}
    with collection_paused():
        for file in root.glob("*.json"):
            text = file.read_text()
            started = time.process_time()
            json.loads(text)
            found["json_alone_s"] = round(time.process_time() - started, 3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    writers: dict[str, tuple[str, Callable[[Path], None]]] = {
        "COCO, boxes": (
            "coco",
            lambda root: write_coco(root, options.images, options.objects, with_outlines=False),
        ),
        f"COCO, outlines with {CORNERS} corners": (
            "coco",
            lambda root: write_coco(root, options.images, options.objects, with_outlines=True),
        ),
        "label.txt, rectangles": (
            "rectangles",
            lambda root: write_label_text(root, options.images, options.objects),
        ),
    }
    for name, (form, write) in writers.items():
        measure(name, form, write, options)
    for form in OTHERS:
        write_form = partial(write_other, images=options.images, objects=options.objects, form=form)
        measure(form, form, write_form, options)


def measure(
    name: str, form: str, write: Callable[[Path], None], options: argparse.Namespace
) -> None:
    """Print the rate of one format."""
    total = options.images * options.objects
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        write_pictures(root, options.images)
        write(root)
        rounds = [steps_of(root, form, total) for _ in range(options.repetitions)]
        rates = [total / sum(steps.values()) for steps in rounds]
        facts = {"annotations": total, **rounds[-1], **json_alone(root)}
        print(json.dumps(row(name, rates, "annotations/s", **facts)), flush=True)


if __name__ == "__main__":
    main()
