"""Files of pictures, and dropping files on a page."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import cv2
import numpy as np
from playwright.sync_api import Locator

_TRANSFER = """([bytes, name]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
  return transfer;
}"""


def picture(blue: int, red: int, *, side: int = 32, seed: int = 0) -> bytes:
    """A PNG of noise around a colour: no two are the same."""
    noise = np.random.default_rng(seed).integers(0, 60, (side, side, 3))
    pixels = (noise + np.array([blue, 20, red])).astype(np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


def two_classes(images: int = 6, *, side: int = 32) -> bytes:
    """A zip file with pictures in two folders."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(images):
            archive.writestr(f"blue/{number}.png", picture(190, 20, side=side, seed=number))
            archive.writestr(f"red/{number}.png", picture(20, 190, side=side, seed=100 + number))
    return content.getvalue()


def coco_set(images: int = 3, *, side: int = 320) -> bytes:
    """A zip file of grey pictures with one box each, from a quarter to three quarters of both sides."""
    box = [side / 4, side / 4, side / 2, side / 2]
    document = {
        "images": [
            {"id": number, "file_name": f"{number}.png", "width": side, "height": side}
            for number in range(images)
        ],
        "categories": [{"id": 1, "name": "lamp"}],
        "annotations": [
            {"id": number, "image_id": number, "category_id": 1, "bbox": box, "iscrowd": 0}
            for number in range(images)
        ],
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("annotations.json", json.dumps(document))
        for number in range(images):
            archive.writestr(f"images/{number}.png", picture(20, 20, side=side, seed=number))
    return content.getvalue()


def drop(place: Locator, content: bytes, name: str) -> None:
    """Let go of a file over the middle of something: no program can drag one from the desktop."""
    transfer = place.page.evaluate_handle(_TRANSFER, [base64.b64encode(content).decode(), name])
    box = place.bounding_box()
    assert box is not None
    at = {"clientX": box["x"] + box["width"] / 2, "clientY": box["y"] + box["height"] / 2}
    for event in ("dragenter", "dragover", "drop"):
        place.dispatch_event(event, {"dataTransfer": transfer, **at})
