"""Pipelines to start from: files of this package with what the Welcome screen says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Template:
    """A pipeline that runs as it is, or after one setting was filled in.

    Attributes:
        id: Name of its file, too.
        title: By language, ``en`` and ``zh``; as ``summary``.
        icon: Name of an icon.
        minutes: How long a run takes on two processor cores, roughly.
        fill: ``node.setting`` that has to be filled in; None if nothing has to.
    """

    id: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    icon: str
    minutes: float
    needs: Literal["nothing", "images", "table"] = "nothing"
    fill: str | None = None

    @property
    def text(self) -> str:
        """The pipeline file."""
        return (_FOLDER / f"{self.id}.yaml").read_text(encoding="utf-8")


TEMPLATES = (
    Template(
        id="digits",
        title={"en": "Recognise handwritten digits", "zh": "识别手写数字"},
        summary={
            "en": "A small network learns the digits 0 to 9. Nothing to prepare, done in a minute.",
            "zh": "用一个小型网络学习识别 0 到 9。无需准备数据，一分钟内完成。",
        },
        icon="digits",
        minutes=0.5,
    ),
    Template(
        id="compare",
        title={"en": "Compare two models", "zh": "比较两个模型"},
        summary={
            "en": "A perceptron and a convolutional network learn the same digits: which is better, and "
            "how sure is that?",
            "zh": "感知机与卷积网络学习同样的数字：哪个更好？结论有多可靠？",
        },
        icon="compare",
        minutes=0.5,
    ),
    Template(
        id="own_pictures",
        title={"en": "Classify your own pictures", "zh": "为自己的图片分类"},
        summary={
            "en": "A zip file with one folder for each class becomes a classifier.",
            "zh": "上传一个 zip 文件，每个类别一个文件夹，即可得到一个分类器。",
        },
        icon="pictures",
        minutes=10.0,
        needs="images",
        fill="pictures.path",
    ),
    Template(
        id="predict_column",
        title={"en": "Predict a column of a table", "zh": "预测表格中的一列"},
        summary={
            "en": "A CSV file becomes a model that says yes or no for each row: who will leave, what will "
            "break?",
            "zh": "由一个 CSV 文件得到模型，对每一行判断是或否：谁会流失、哪个零件会坏。",
        },
        icon="table",
        minutes=2.0,
        needs="table",
        fill="rows.path",
    ),
    Template(
        id="few_examples",
        title={"en": "Learn from few examples", "zh": "从少量样本中学习"},
        summary={
            "en": "Two labelled pictures of each digit suffice for a network that has seen others before.",
            "zh": "对于已经见过其他图片的网络，每个数字只需两张带标签的图片。",
        },
        icon="few",
        minutes=1.0,
    ),
    Template(
        id="find_objects",
        title={"en": "Find objects in your own pictures", "zh": "在自己的图片中检测目标"},
        summary={
            "en": "Pictures with boxes, in COCO, VOC, YOLO or another usual form, become a detector.",
            "zh": "上传带标注框的图片（COCO、VOC、YOLO 等常用格式），即可得到一个目标检测器。",
        },
        icon="boxes",
        minutes=40.0,
        needs="images",
        fill="pictures.path",
    ),
    Template(
        id="read_text",
        title={"en": "Find and read text", "zh": "检测并识别文字"},
        summary={
            "en": "One network finds the lines of text in a picture, another reads each of them.",
            "zh": "一个网络在图片中检测文字行，另一个网络逐行识别。",
        },
        icon="text",
        minutes=60.0,
        needs="images",
        fill="pictures.path",
    ),
    Template(
        id="two_stages",
        title={"en": "Find objects and tell them apart", "zh": "先检测，再精细分类"},
        summary={
            "en": "A detector and a classifier of what it finds, trained as one and served as one.",
            "zh": "检测器与对检测结果进行细分类的分类器，作为一个整体训练和部署。",
        },
        icon="stages",
        minutes=60.0,
        needs="images",
        fill="pictures.path",
    ),
)
"""Simplest first."""
