"""The load generator of the deadline hour: texts as `bench.load` sends them, and documents as the page sends them.

`python -m bench.deadline_load ORDER RESULT`. A job with `document` sends a .docx of about 200 KB: handed in at once, or
to be looked at, and then the declaration of own work with what the page holds. A hand-in's time runs from its first
byte.
"""

import hashlib
import io
import json
import random
import re
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode

from bench import load

PICTURE_BYTES = 195_000
_DAY = (2026, 1, 1, 0, 0, 0)
_FIELD = re.compile(rb'name="(token|form_key)" value="([^"]+)"')
_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def document(text: str, *, picture_bytes: int = PICTURE_BYTES) -> bytes:
    """A .docx of about 200 KB: a paragraph for each line, and a picture that is most of its size."""
    lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.split("\n"))
    body = f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_WORD}"><w:body>{lines}</w:body></w:document>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/media/image1.png", random.Random(7).randbytes(picture_bytes)),
            ("word/document.xml", body),
        ):
            packed = zipfile.ZIP_DEFLATED if name.endswith("document.xml") else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name, _DAY), content, packed)
    return made.getvalue()


def look_request(order: dict[str, Any], job: dict[str, Any], content: bytes) -> bytes:
    """The POST of a document, as the page's form sends it without its script: to be looked at, or handed in at once.

    A job may have in `seen` which script its page showed as what counts.
    """
    edge = "deadline-hour"
    said = {"own_work": "on", "ai_use": "none", "ai_note": ""}
    said |= {"seen": str(job["seen"])} if "seen" in job else {}
    declared = {"at_once": "on", "form_key": job["form_key"], **said} if order["at_once"] else {}
    fields = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in ({"csrfmiddlewaretoken": job["token"]} | declared).items()
    )
    fields += (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="response.docx"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = b"".join((fields.encode(), content, f"\r\n--{edge}--\r\n".encode()))
    return _head(order, job, f"multipart/form-data; boundary={edge}", len(body)) + body


def declare_request(order: dict[str, Any], job: dict[str, Any], page: bytes) -> bytes | None:
    """The POST that hands in what was looked at, with what the page holds; None where it holds nothing."""
    fields = {name.decode(): value.decode() for name, value in _FIELD.findall(page)}
    if fields.keys() != {"token", "form_key"}:
        return None
    body = urlencode(
        {"csrfmiddlewaretoken": job["token"], **fields, "own_work": "on", "ai_use": "none"}
    ).encode()
    return _head(order, job, "application/x-www-form-urlencoded", len(body)) + body


def _head(order: dict[str, Any], job: dict[str, Any], kind: str, size: int) -> bytes:
    token = job["token"]
    return (
        f"POST {job['path']}upload/ HTTP/1.1\r\nHost: {order['host']}\r\nX-Forwarded-Proto: https\r\n"
        f"Origin: https://{order['host']}\r\nCookie: sessionid={job['session']}; csrftoken={token}\r\n"
        f"Accept: text/html\r\nUser-Agent: bench\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n"
    ).encode()


def run(order: dict[str, Any]) -> dict[str, Any]:
    """Send every job of an order with its number of clients; also each document's checksum, by its job's number."""
    jobs, text = order["jobs"], quote_plus(order["text"])
    sent: dict[int, str] = {}

    def request(number: int, job: dict[str, Any]) -> bytes:
        if not job["document"]:
            return load.request_of(order, job, text)
        content = document(load.marked(order["text"], job["marker"]))
        sent[number] = hashlib.sha256(content).hexdigest()
        return look_request(order, job, content)

    requests = [(number, request(number, job)) for number, job in enumerate(jobs)]

    def follow(number: int, came: load.Came) -> bytes | None:
        status, _, page = came
        return (
            declare_request(order, jobs[number], page) if jobs[number]["document"] and status == 200 else None
        )

    return {**load.hand_in(order, iter(requests), follow), "documents": sent}


if __name__ == "__main__":
    result = run(json.loads(Path(sys.argv[1]).read_text()))
    Path(sys.argv[2]).write_text(json.dumps(result))
