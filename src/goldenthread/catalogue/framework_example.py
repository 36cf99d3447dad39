"""A small framework text to try the import with: invented sentences, as plain text and as a Word document. Pure."""

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

HEAD = (
    "This is an example of a framework text. All its sentences are invented.",
    "National Professional Qualification: Leading Teaching (NPQLT)",
)
THAT = "Learn that…"
HOW = "Learn how to…"
# name of the area, lines of its "learn that", lines of its "learn how to"
AREAS = (
    (
        "School Culture",
        (
            "1. Example: a school in which people greet each other by name is easier to work in.",
            "2. Example: shared routines save time. They are kept where everybody knows",
            "the reason for them.",
            "3. Example: new colleagues learn habits from what they see, more than from what they hear.",
        ),
        (
            "Help colleagues to agree routines by:",
            "● Choosing the three that matter most.",
            "● Trying each for a term, and asking those who use it.",
            "Welcome new colleagues by:",
            "● Giving each of them one person to ask.",
        ),
    ),
    (
        "Implementation",
        (
            "1. Example: a change with a day and an owner is likelier to happen than one without, even where it takes",
            "30 people.",
            "2. Example: to stop something is a change too.",
        ),
        (
            "Plan a change in 3 stages by:",
            "● Naming what will stop, in this order:",
            "1. Meetings that nobody needs.",
            "2. Forms that nobody reads.",
            "● Saying who decides, and when.",
        ),
    ),
)
ENDINGS = {
    "txt": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = (
    f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
)
_LINKS = (
    f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_SIDES = "".join(
    f'<w:{side} w:val="single" w:sz="4"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_WIDTH = 4_500  # of a column, in twentieths of a point


def example(ending: str) -> bytes:
    """The example as a file: "txt" or "docx"; the same bytes every time."""
    return as_text().encode() if ending == "txt" else as_docx()


def as_text() -> str:
    """Plain text: for each area its name, then the two columns below each other."""
    lines = [*HEAD, ""]
    for name, that, how in AREAS:
        lines += [name, THAT, *that, "", HOW, *how, ""]
    return "\n".join(lines)


def as_docx() -> bytes:
    """A Word document: for each area a table with its name, the two headers, and one row."""
    body = "".join(_paragraph(line) for line in HEAD)
    for name, that, how in AREAS:
        body += _table(name, that, how) + _paragraph("")
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _LINKS),
            ("word/document.xml", f"{_XML}<w:document {_W}><w:body>{body}<w:sectPr/></w:body></w:document>"),
        ):
            archive.writestr(zipfile.ZipInfo(path), text, zipfile.ZIP_DEFLATED)  # without the time of day
    return file.getvalue()


def _paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>' if text else "<w:p/>"


def _table(name: str, that: tuple[str, ...], how: tuple[str, ...]) -> str:
    grid = f'<w:tblGrid><w:gridCol w:w="{_WIDTH}"/><w:gridCol w:w="{_WIDTH}"/></w:tblGrid>'
    rows = _cell((name,), span=2), _cell((THAT,)) + _cell((HOW,)), _cell(that) + _cell(how)
    lines = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    return f"<w:tbl><w:tblPr><w:tblBorders>{_SIDES}</w:tblBorders></w:tblPr>{grid}{lines}</w:tbl>"


def _cell(lines: tuple[str, ...], span: int = 1) -> str:
    wide = f'<w:tcW w:w="{span * _WIDTH}" w:type="dxa"/>' + (
        f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    )
    return f"<w:tc><w:tcPr>{wide}</w:tcPr>{''.join(_paragraph(line) for line in lines)}</w:tc>"
