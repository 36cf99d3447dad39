"""Makes the sample documents of the tests as bytes: sound ones with a known number of words, and bad ones."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import cycle, islice
from xml.sax.saxutils import escape

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.pdfencrypt import StandardEncryption  # type: ignore[import-untyped]
from reportlab.lib.styles import getSampleStyleSheet  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import Paragraph, SimpleDocTemplate  # type: ignore[import-untyped]
from reportlab.platypus.doctemplate import BaseDocTemplate  # type: ignore[import-untyped]

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCUMENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
ODT_TYPE = "application/vnd.oasis.opendocument.text"
PARAGRAPH_WORDS = 90

_DOCX_NAMESPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
_ODT_NAMESPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
)
_SENTENCES = (
    "In our school the leaders of literacy met each half-term, and teachers’ planning improved because "
    "feedback was prompt; pupils read aloud daily (in pairs and/or groups) while staff kept notes. Evidence "
    "from 2024 shows that explicit vocabulary teaching, well-being checks and don't-know cards helped: café "
    "helpers and parents joined too. What matters most is that every colleague knows why, when and how to act"
)


def prose(words: int, *, paragraph: int = PARAGRAPH_WORDS) -> list[str]:
    """Paragraphs of plausible text with exactly this many words by the rule, and some lone dashes."""
    supply = cycle(_SENTENCES.split())
    found = []
    for first in range(0, words, paragraph):
        chosen = list(islice(supply, min(paragraph, words - first)))
        chosen[0] = f"{first // paragraph + 1}.{chosen[0]}"
        found.append(" ".join(chosen[:20] + (["–"] if len(chosen) > 20 else []) + chosen[20:]) + ".")
    return found


def txt(words: int = 0, *, paragraphs: Sequence[str] = (), encoding: str = "utf-8") -> bytes:
    """Plain text of `words` words and the given paragraphs."""
    return "\r\n\r\n".join([*prose(words), *paragraphs]).encode(encoding)


def archive(entries: Mapping[str, bytes | str], *, stored: Sequence[str] = ()) -> bytes:
    """A zip archive of the given entries, deflated unless named in `stored`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data, zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def run(text: str) -> str:
    """A run of a Word document."""
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(*texts: str, xml: str = "") -> str:
    """A paragraph of a Word document: a run for each text, then `xml` as it is."""
    return f"<w:p>{''.join(map(run, texts))}{xml}</w:p>"


def text_box(text: str, *, fallback: str | None = None) -> str:
    """A Word text box, which holds its text twice: for new readers and for old."""
    second = text if fallback is None else fallback
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><a:graphic><a:graphicData>'
        f"<wps:wsp><wps:txbx><w:txbxContent>{paragraph(text)}</w:txbxContent></wps:txbx></wps:wsp>"
        "</a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape>"
        f"<v:textbox><w:txbxContent>{paragraph(second)}</w:txbxContent></v:textbox></v:shape></w:pict>"
        "</mc:Fallback></mc:AlternateContent></w:r>"
    )


def table(*rows: Sequence[str]) -> str:
    """A Word table of one paragraph in each cell."""
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def control(text: str) -> str:
    """A Word content control around a paragraph."""
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph(text)}</w:sdtContent></w:sdt>"


def inserted(text: str) -> str:
    """Text added with tracked changes."""
    return f'<w:ins w:id="1" w:author="A">{run(text)}</w:ins>'


def deleted(text: str) -> str:
    """Text deleted with tracked changes."""
    gone = f'<w:r><w:delText xml:space="preserve">{escape(text)}</w:delText></w:r>'
    return f'<w:del w:id="2" w:author="A">{gone}</w:del>'


def docx(
    words: int = 0,
    *,
    paragraphs: Sequence[str] = (),
    xml: str = "",
    footnotes: Sequence[str] = (),
    headers: Sequence[str] = (),
    comments: Sequence[str] = (),
    entries: Mapping[str, bytes | str] | None = None,
    main: str = "word/document.xml",
    main_type: str = DOCUMENT_TYPE,
    namespaces: str = _DOCX_NAMESPACES,
) -> bytes:
    """A Word document: `words` words of prose, then the paragraphs, then `xml` as it is in the body.

    `entries` are added to the archive or replace what is there.
    """
    body = "".join(paragraph(text) for text in [*prose(words), *paragraphs]) + xml
    parts = {main: f"<w:document {namespaces}><w:body>{body}<w:sectPr/></w:body></w:document>"}
    types = {main: main_type}
    for kind, root, texts in (
        ("footnotes", "footnotes", footnotes),
        ("header", "hdr", headers),
        ("comments", "comments", comments),
    ):
        if texts:
            inside = "".join(paragraph(text) for text in texts)
            inside = f'<w:footnote w:id="1">{inside}</w:footnote>' if kind == "footnotes" else inside
            parts[f"word/{kind}1.xml"] = f"<w:{root} {namespaces}>{inside}</w:{root}>"
            types[f"word/{kind}1.xml"] = DOCUMENT_TYPE.replace("document.main", kind)
    return archive({"[Content_Types].xml": content_types(types), **parts, **(entries or {})})


def content_types(types: Mapping[str, str]) -> str:
    """The list of content types of an Office package."""
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items()
    )
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>"
    )


def odt(
    words: int = 0,
    *,
    paragraphs: Sequence[str] = (),
    xml: str = "",
    changes: str = "",
    headers: Sequence[str] = (),
    entries: Mapping[str, bytes | str] | None = None,
) -> bytes:
    """An OpenDocument text: `changes`, `words` words of prose, the paragraphs, then `xml` as it is."""
    body = "".join(f"<text:p>{escape(text)}</text:p>" for text in [*prose(words), *paragraphs]) + xml
    tops = "".join(f"<text:p>{escape(text)}</text:p>" for text in headers)
    content = (
        f"<office:document-content {_ODT_NAMESPACES}><office:body><office:text>{changes}{body}</office:text>"
        "</office:body></office:document-content>"
    )
    styles = (
        f"<office:document-styles {_ODT_NAMESPACES}><office:master-styles><style:master-page>"
        f"<style:header>{tops}</style:header></style:master-page></office:master-styles>"
        "</office:document-styles>"
    )
    made: dict[str, bytes | str] = {"mimetype": ODT_TYPE, "content.xml": content, "styles.xml": styles}
    return archive({**made, "META-INF/manifest.xml": odt_manifest(), **(entries or {})}, stored=["mimetype"])


def odt_manifest(*, encrypted: bool = False) -> str:
    """The manifest of an OpenDocument text."""
    inside = "<manifest:encryption-data/>" if encrypted else ""
    return (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="content.xml">{inside}</manifest:file-entry>'
        "</manifest:manifest>"
    )


def pdf(
    words: int = 0,
    *,
    paragraphs: Sequence[str] = (),
    header: str = "",
    page_numbers: bool = False,
    password: str | None = None,
    owner_password: str | None = None,
    justified: bool = False,
) -> bytes:
    """A PDF as a word processor would make it, with an optional running header and page number."""
    buffer = io.BytesIO()
    locks = password is not None or owner_password is not None
    lock = StandardEncryption(password or "", ownerPassword=owner_password, strength=128) if locks else None
    style = getSampleStyleSheet()["BodyText"].clone("Text", alignment=4 if justified else 0)

    def furnish(canvas: Canvas, document: BaseDocTemplate) -> None:
        if header:
            canvas.drawString(72, A4[1] - 36, header)
        if page_numbers:
            canvas.drawString(290, 36, f"Page {document.page}")

    document = SimpleDocTemplate(buffer, pagesize=A4, encrypt=lock, title="Answer")
    story = [Paragraph(escape(text), style) for text in [*prose(words), *paragraphs]]
    document.build(story, onFirstPage=furnish, onLaterPages=furnish)
    return buffer.getvalue()


def pdf_lines(*lines: str, pages: int = 1) -> bytes:
    """A PDF of exactly these lines, on each of its pages."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for _ in range(pages):
        for number, line in enumerate(lines):
            canvas.drawString(72, 760 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def repeating_pdf(*, pages: int, lines: int, line: bytes = b"(a b) Tj 0 -9 Td\n") -> bytes:
    """A small PDF that is a lot of work: every page shows the same packed stream of so many lines."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    stream = StreamObject()
    stream.set_data(b"BT /F1 9 Tf\n" + line * lines + b"ET")
    shown = writer._add_object(stream.flate_encode())
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    for _ in range(pages):
        page = writer.add_blank_page(600, 800)
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        page[NameObject("/Contents")] = shown
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def scanned_pdf(pages: int = 2) -> bytes:
    """A PDF whose pages are pictures."""
    from PIL import Image

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    picture = ImageReader(Image.new("L", (100, 140), 230))
    for _ in range(pages):
        canvas.drawImage(picture, 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def encrypted_pdf(words: int = 50) -> bytes:
    """A PDF that opens only with a password."""
    return pdf(words, password="s3cret", owner_password="other")


def encrypted_odt() -> bytes:
    """An OpenDocument text whose manifest says that its content is encrypted."""
    return odt(
        entries={"META-INF/manifest.xml": odt_manifest(encrypted=True), "content.xml": b"\x8f\x13" * 99}
    )


def encrypted_docx() -> bytes:
    """The outside of a Word document with a password: an OLE container."""
    return old_container("EncryptionInfo", "EncryptedPackage")


def old_doc() -> bytes:
    """The outside of a Word document of before 2007."""
    return old_container("WordDocument", "1Table")


def old_container(*streams: str) -> bytes:
    """An OLE container that lists these streams."""
    names = b"".join(stream.encode("utf-16-le").ljust(128, b"\0") for stream in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + names.ljust(2048, b"\0")


def program() -> bytes:
    """The beginning of a Windows program."""
    return b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00".ljust(600, b"\0") + b"PE\x00\x00"


def macro_docx() -> bytes:
    """A Word document that brings a macro project along."""
    return docx(50, entries={"word/vbaProject.bin": b"\xd0\xcf\x11\xe0Attribute VB_Name"})


def entity_docx() -> bytes:
    """A Word document that asks for a file of the server's."""
    declared = _with_declaration('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;")
    return docx(entries={"word/document.xml": declared})


def laughing_docx() -> bytes:
    """A Word document whose few entities would expand to a thousand million laughs."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return docx(entries={"word/document.xml": _with_declaration(f'<!ENTITY l0 "ha">{levels}', "&l9;")})


def _with_declaration(declaration: str, text: str) -> str:
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return f'<!DOCTYPE d [{declaration}]><w:document xmlns:w="{W}">{body}</w:document>'


@cache
def zip_bomb(megabytes: int = 200) -> bytes:
    """A small Word document with an entry that unpacks to this many megabytes of nothing."""
    buffer = io.BytesIO(docx(10))
    with (
        zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as file,
        file.open("word/media/a.bin", "w") as entry,
    ):
        for _ in range(megabytes):
            entry.write(bytes(1024 * 1024))
    return buffer.getvalue()


def crowded_zip(entries: int = 2_100) -> bytes:
    """A Word document with thousands of empty entries."""
    return docx(10, entries={f"word/media/{n}.bin": b"" for n in range(entries)})


def escaping_docx(name: str = "../../etc/cron.d/job") -> bytes:
    """A Word document with an entry that wants to be written elsewhere."""
    return docx(10, entries={name: b"text"})


def truncated(data: bytes, *, share: float = 0.7) -> bytes:
    """The first part of a file, as a broken upload leaves it."""
    return data[: int(len(data) * share)]
