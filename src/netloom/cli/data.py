"""``netloom data``: annotated pictures in the forms in which people keep them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netloom.cli.command import Invocation, verb
from netloom.cli.help_text import VerbGroup
from netloom.data.formats.annotated.format_names import FORMAT_NAMES

if TYPE_CHECKING:
    from rich.console import Console

    from netloom.data.formats.annotated.annotated_images import AnnotatedImages
    from netloom.data.formats.annotated.catalogue import Detected
    from netloom.data.formats.annotated.problems import Problem

_SHOWN = 20
_EXISTING = click.Path(exists=True, path_type=Path)


@click.group("data", cls=VerbGroup)
def command() -> None:
    """Look into annotated pictures, or write them in another format.

    PATH and A are folders or zip files. The format is found out unless it is named.
    """


@verb("import")
@click.argument("path", type=_EXISTING)
@click.option(
    "--format",
    "name",
    type=click.Choice(FORMAT_NAMES),
    metavar="FORMAT",
    help=f"One of {', '.join(FORMAT_NAMES)}.  [default: found out]",
)
def import_data(invocation: Invocation, *, path: Path, name: str | None) -> None:
    """Tell what a folder or zip file holds, what would be left out and why.

    Nothing is copied: at the end stands the node that reads it in a pipeline.

    \b
    netloom data import downloads/coco
    netloom data import labels.zip --format label_studio --json
    """
    from netloom.core.reporter import SilentReporter
    from netloom.data.formats.annotated.catalogue import detect, format_named
    from netloom.data.formats.annotated.rewriting import opened
    from netloom.data.formats.annotated.trial import tried

    with opened(path, reporter=SilentReporter(path)) as (folder, before):
        detected = None if name else detect(folder)
        form = detected.form if detected else format_named(name or "")
        found, problems = tried(form.read(folder), threads=os.cpu_count() or 1)
        problems = [*before, *problems]
        document = _description(path, found, problems, detected)
        invocation.answer(document, lambda console: _show(console, document))


@verb("convert")
@click.argument("source", type=_EXISTING)
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "name",
    required=True,
    type=click.Choice(FORMAT_NAMES),
    metavar="FORMAT",
    help=f"Format to write: {', '.join(FORMAT_NAMES)}.",
)
@click.option(
    "--from",
    "source_name",
    type=click.Choice(FORMAT_NAMES),
    metavar="FORMAT",
    help="Format of the source.  [default: found out]",
)
@click.option("--force", is_flag=True, help="Replace TARGET if there is one.")
@click.option(
    "--on-bad",
    type=click.Choice(["error", "skip"]),
    default="error",
    show_default=True,
    help="What to do about entries that cannot be used: stop and name them, or leave them out.",
)
def convert(
    invocation: Invocation,
    *,
    source: Path,
    target: Path,
    name: str,
    source_name: str | None,
    force: bool,
    on_bad: Any,
) -> None:
    """Write SOURCE, a folder or zip file, as the new folder TARGET in another format.

    What the format cannot carry is listed. TARGET appears whole or not at all.

    \b
    netloom data convert labels.zip coco/ --to coco
    """
    from netloom.core.reporter import SilentReporter
    from netloom.data.formats.annotated.catalogue import format_named
    from netloom.data.formats.annotated.rewriting import rewrite

    done = rewrite(
        source,
        target,
        form=format_named(name),
        source_form=format_named(source_name) if source_name else None,
        replace_target=force,
        on_bad=on_bad,
        reporter=SilentReporter(target),
    )
    document = {
        "source": str(source),
        "target": str(target),
        "from": done.source.name,
        "to": name,
        **_counts(done.written),
        "changes": list(done.changes),
        "problems": _problems(done.problems),
    }
    invocation.answer(document, lambda console: _show_converted(console, document))


command.add_command(import_data)
command.add_command(convert)


def _description(
    path: Path,
    found: AnnotatedImages,
    problems: Sequence[Problem],
    detected: Detected | None,
) -> dict[str, Any]:
    return {
        "path": str(path),
        "format": found.format,
        "reason": detected.recognition.reason if detected else "it was named",
        "others": [
            {"format": form.name, "reason": seen.reason}
            for form, seen in (detected.others if detected else ())
        ],
        **_counts(found),
        "labels": list(found.labels),
        "remarks": list(found.remarks),
        "problems": _problems(problems),
        "nodes": _nodes(path, found.format),
    }


def _counts(found: AnnotatedImages) -> dict[str, Any]:
    objects = [each for image in found.images for each in image.objects or ()]
    parts = Counter(image.part or "none" for image in found.images)
    facts = {
        "objects": len(objects),
        "outlines": sum(bool(each.outlines) for each in objects),
        "masks": sum(image.mask is not None for image in found.images),
        "targets": sum(image.target is not None for image in found.images),
        "texts": sum(image.text is not None for image in found.images),
        "classes": sum(image.label is not None for image in found.images),
    }
    counts = {name: number for name, number in facts.items() if number}
    return {"images": len(found.images), "parts": dict(parts), "counts": counts}


def _problems(problems: Sequence[Problem]) -> dict[str, Any]:
    return {
        "left_out": sum(problem.is_loss for problem in problems),
        "mended": sum(not problem.is_loss for problem in problems),
        "list": [
            {
                "code": problem.kind.code,
                "policy": problem.kind.policy,
                "file": problem.place.file,
                "line": problem.place.line,
                "text": str(problem),
            }
            for problem in problems
        ],
    }


def _nodes(path: Path, name: str) -> list[str]:
    """Lines of a pipeline that read the data, one for each task that can use them."""
    from netloom.data.formats.annotated.catalogue import format_named
    from netloom.data.formats.annotated.task_samples import OPERATORS, TASKS

    form = format_named(name)
    if name in ("classes", "unlabelled", "distillation"):
        operator = "data.image_zip" if path.is_file() else "data.image_folder"
        labels = "" if name == "classes" else ", labels: none"
        return [f"images: {{op: {operator}, path: {path}{labels}}}"]
    if name == "videos":
        return [f"images: {{op: data.video, path: {path}}}"]
    targets = {"pairs": "enhancement", "depth": "depth", "normals": "normals"}
    return [
        f"images: {{op: data.{operator}, path: {path}, format: {name}}}"
        for task, operator in OPERATORS.items()
        if TASKS[task].fits(form) and targets.get(name, operator) == operator
    ]


def _show(console: Console, document: dict[str, Any]) -> None:
    lines = [f"{document['path']} is read as {document['format']}: {document['reason']}."]
    if document["others"]:
        names = ", ".join(other["format"] for other in document["others"])
        lines.append(f"It could be read as {names}, too (--format).")
    lines += _count_lines(document)
    labels = document["labels"]
    if labels:
        more = f" … {len(labels)} in all" if len(labels) > _SHOWN else ""
        lines.append(f"labels    {', '.join(labels[:_SHOWN])}{more}")
    lines += [f"note      {remark}" for remark in document["remarks"]]
    lines += _problem_lines(document["problems"])
    lines += ["", "In a pipeline:", *(f"  {node}" for node in document["nodes"])]
    console.print("\n".join(lines), markup=False)


def _show_converted(console: Console, document: dict[str, Any]) -> None:
    lines = [f"Wrote {document['target']} as {document['to']}, read as {document['from']}."]
    lines += _count_lines(document)
    lines += [f"changed   {change}" for change in document["changes"]]
    lines += _problem_lines(document["problems"])
    console.print("\n".join(lines), markup=False)


def _count_lines(document: dict[str, Any]) -> list[str]:
    parts = ", ".join(f"{name} {number}" for name, number in document["parts"].items())
    counts = [f"{name:<9} {number}" for name, number in document["counts"].items()]
    return [f"images    {document['images']} ({parts})", *counts]


def _problem_lines(problems: dict[str, Any]) -> list[str]:
    listed = problems["list"]
    if not listed:
        return ["problems  none"]
    lines = [f"problems  {problems['left_out']} left out, {problems['mended']} mended or kept"]
    lines += [f"  {problem['text']} ({problem['policy']})" for problem in listed[:_SHOWN]]
    if len(listed) > _SHOWN:
        lines.append(f"  … {len(listed) - _SHOWN} more; --json lists all of them")
    return lines
