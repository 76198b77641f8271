"""Files of a form: the bodies of ``multipart/form-data`` (RFC 7578).

Bodies are in memory already and short, so this is a matter of splitting bytes.
"""

from __future__ import annotations

from email.message import Message

from netloom.serving.refusals import NotUnderstood

_MOST_PARTS = 1000


def files_of_form(body: bytes, content_type: str) -> list[bytes]:
    r"""Contents of those parts of a form that are files, in their order.

    Raises:
        NotUnderstood: The body is no such form.

    Example:
        >>> form = b'--x\r\nContent-Disposition: form-data; filename="a"\r\n\r\nhi\r\n--x--'
        >>> files_of_form(form, "multipart/form-data; boundary=x")
        [b'hi']
    """
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_boundary()
    if not boundary:
        raise NotUnderstood.of("the content type of the form names no boundary")
    line = b"\r\n--" + boundary.encode("latin-1", "replace")
    start, *parts = (b"\r\n" + body).split(line, _MOST_PARTS)
    if not parts or not parts[-1].startswith(b"--") or start.strip():
        raise NotUnderstood.of("the form is cut short or has another boundary than it says")
    files = (_file_in(part) for part in parts[:-1])
    return [content for content in files if content is not None]


def _file_in(part: bytes) -> bytes | None:
    """Content of a part; None if it is an ordinary field."""
    head, gap, content = part.partition(b"\r\n\r\n")
    if not gap:
        raise NotUnderstood.of("a part of the form has no content")
    return content if _is_file(head) else None


def _is_file(head: bytes) -> bool:
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            message = Message()
            message["content-disposition"] = value.strip()
            return message.get_filename() is not None
    return False
