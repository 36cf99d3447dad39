"""What markers get of evidence: what a document shows, and nothing that programs wrote into it about people."""

import base64
import io
import re
import zipfile

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Text
from pypdf.generic import NameObject, TextStringObject

from goldenthread.assessment.words import count_document
from goldenthread.common import unnamed
from goldenthread.common.filetypes import check_document
from goldenthread.common.refused import Refused
from goldenthread.common.unnamed.pictures import Damaged, picture
from tests import documents

NAME = "Jane Okafor"
TELLING = re.compile(rb"(?i)jane|okafor|hilltop")
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CORE = (
    f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    f"<dc:creator>{NAME}</dc:creator><cp:lastModifiedBy>jane</cp:lastModifiedBy></cp:coreProperties>"
)
_APP = f'<Properties xmlns="{_OFFICE}/extended-properties"><Company>Hilltop School</Company></Properties>'
_PEOPLE = (
    f'<w15:people xmlns:w15="urn:w15"><w15:person w15:author="{NAME}"><w15:presenceInfo w15:providerId="AD" '
    'w15:userId="S::jane@hilltop.example::1"/></w15:person></w15:people>'
)
_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" Type="t" TargetMode="External" '
    'Target="file:///C:\\Users\\jane\\Normal.dotm"/><Relationship Id="r2" Type="l" TargetMode="External" '
    'Target="mailto:jane@hilltop.example"/><Relationship Id="r3" Type="l" TargetMode="External" '
    'Target="https://example.org/reading"/><Relationship Id="r4" Type="i" Target="media/photo.jpg"/></Relationships>'
)


def photograph(*, orientation: int = 1, kind: str = "JPEG") -> bytes:
    """A picture of 40 by 20 points that says who took it, where the format can."""
    made, said = io.BytesIO(), Image.Exif()
    said[0x013B], said[0x0112], said[0x9286] = NAME, orientation, f"by {NAME}"
    Image.new("RGB", (40, 20), (200, 30, 30)).save(made, kind, exif=said, comment=NAME, dpi=(72, 72))
    return made.getvalue()


def word_document(**more: bytes | str) -> bytes:
    """A Word document with a name in each place where Word leaves one, and none in its text."""
    changed = documents.inserted("a change").replace('w:author="A"', f'w:author="{NAME}" w:initials="JO"')
    field = '<w:r><w:instrText> INCLUDEPICTURE "C:\\\\Users\\\\jane\\\\p.png" \\d </w:instrText></w:r>'
    return documents.docx(
        40,
        paragraphs=["Reading rose from 61 to 74 % & stayed there <for> a year."],
        xml=f"<w:p>{changed}{field}</w:p>",
        comments=["Agreed."],
        entries={
            "docProps/core.xml": _CORE,
            "docProps/app.xml": _APP,
            "docProps/thumbnail.jpeg": photograph(),
            "customXml/item1.xml": f"<p:properties xmlns:p='urn:p'><SharedWith>{NAME}</SharedWith></p:properties>",
            "word/people.xml": _PEOPLE,
            "word/_rels/document.xml.rels": _RELATIONS,
            "word/media/photo.jpg": photograph(),
            "word/embeddings/sheet.xlsx": documents.archive({"docProps/core.xml": _CORE}),
            "_xmlsignatures/sig1.xml": f"<Signature><X509Certificate>{NAME}</X509Certificate></Signature>",
            **more,
        },
    )


def open_text() -> bytes:
    """The same of OpenDocument."""
    note = f"<office:annotation><dc:creator>{NAME}</dc:creator><text:p>Agreed.</text:p></office:annotation>"
    link = '<text:p><text:a xlink:href="../jane/plan.odt" xmlns:xlink="urn:x">the plan</text:a></text:p>'
    meta = (
        '<office:document-meta xmlns:office="o" xmlns:meta="m"><office:meta>'
        f"<meta:initial-creator>{NAME}</meta:initial-creator></office:meta></office:document-meta>"
    )
    return documents.odt(
        40,
        xml=f"<text:p>Here {note} it is.</text:p>{link}",
        entries={
            "meta.xml": meta,
            "Thumbnails/thumbnail.png": photograph(kind="PNG"),
            "Pictures/photo.png": photograph(kind="PNG"),
            "META-INF/documentsignatures.xml": f"<document-signatures><Name>{NAME}</Name></document-signatures>",
        },
    )


def portable_document() -> bytes:
    """The same of PDF: properties, XMP, a note, an attached file, a photograph."""
    writer = PdfWriter(clone_from=io.BytesIO(documents.pdf(40)))
    writer.add_metadata({"/Author": NAME, "/Title": "Data of Hilltop"})
    writer.xmp_metadata = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="{NAME}"/></rdf:RDF>'
        "</x:xmpmeta>"
    ).encode()
    note = writer.add_annotation(0, Text(rect=(50, 550, 200, 650), text="Agreed.", open=True))
    note[NameObject("/T")] = TextStringObject(NAME)
    writer.add_attachment("jane.txt", NAME.encode())
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def whole(content: bytes) -> bytes:
    """Everything that stands in a document, unpacked."""
    if not content.startswith(b"PK"):
        return content + b"".join(
            one.get_object().get_data()
            for one in PdfReader(io.BytesIO(content)).resolved_objects.values()
            if hasattr(one, "get_data")
        )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize(
    ("kind", "content"), [("docx", word_document()), ("odt", open_text()), ("pdf", portable_document())]
)
def test_nothing_that_programs_wrote_of_people_is_left_and_every_word_is(kind: str, content: bytes) -> None:
    assert TELLING.search(whole(content))
    copy = unnamed.without_names(io.BytesIO(content), kind)
    assert not TELLING.search(whole(copy))
    assert check_document(io.BytesIO(copy), name=f"evidence.{kind}", size_limit=10_000_000) == kind
    before, after = (count_document(io.BytesIO(one), kind) for one in (content, copy))
    assert (after.total, after.parts) == (before.total, before.parts)
    assert unnamed.without_names(io.BytesIO(content), kind) == copy or kind == "pdf"


def test_a_word_document_opens_as_before_with_its_signs_and_links() -> None:
    copy = unnamed.without_names(io.BytesIO(word_document()), "docx")
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        links = archive.read("word/_rels/document.xml.rels").decode()
        assert archive.read("word/embeddings/sheet.xlsx") == archive.read("docProps/thumbnail.jpeg") == b""
        assert Image.open(io.BytesIO(archive.read("word/media/photo.jpg"))).size == (40, 20)
        body = archive.read("word/document.xml").decode()
    assert "https://example.org/reading" in links
    assert 'Target="media/photo.jpg"' in links
    assert links.count('Target="about:blank"') == 2
    assert "74 % &amp; stayed there &lt;for&gt; a year." in body
    assert 'w:author="Author" w:initials="Author"' in body


@pytest.mark.parametrize(
    ("place", "telling"),
    [
        ("xl/pivotCache/pivotCacheDefinition1.xml", f'<pivotCacheDefinition refreshedBy="{NAME}"/>'),
        (
            "xl/workbook2.xml",
            '<absPath url="https://hilltop-my.sharepoint.com/personal/jane_okafor_hilltop/Documents/"/>',
        ),
        ("xl/connections.xml", '<textPr sourceFile="C:\\Users\\jane\\marks.csv"/>'),
        ("word/drawing.xml", '<docPr descr="C:\\Users\\jane.okafor\\Pictures\\wall.jpg"/>'),
        (
            "word/_rels/footer.xml.rels",
            '<Relationships><Relationship Target="Jane%20Okafor%20plan.docx" TargetMode="External"/></Relationships>',
        ),
    ],
)
def test_names_and_places_where_office_leaves_them_go_too(place: str, telling: str) -> None:
    content = word_document(**{place: telling})
    assert not TELLING.search(whole(unnamed.without_names(io.BytesIO(content), "docx")))


def copied(content: bytes, kind: str = "docx") -> dict[str, bytes]:
    """The entries of a copy."""
    with zipfile.ZipFile(io.BytesIO(unnamed.without_names(io.BytesIO(content), kind))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


SHOWN = "<w:r><w:t>Figure 1</w:t></w:r>"


def field(*pieces: str, shown: str = "Figure 1") -> str:
    """A field of Word whose instruction is written in these pieces, and what it shows."""
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    begin, middle, end = (
        f'<w:r><w:fldChar w:fldCharType="{sort}"/></w:r>' for sort in ("begin", "separate", "end")
    )
    return f"<w:p>{begin}{runs}{middle}<w:r><w:t>{shown}</w:t></w:r>{end}</w:p>"


@pytest.mark.parametrize(
    "content",
    [
        field(' INCLUDEPICTURE "C:\\\\Users\\\\', "jane\\\\wall", '.png" \\d '),
        field(" INCLUDEPICTURE &quot;file:///C:/Users/", "jane/wall.png&quot; "),
        field(" HYPERLINK mailto:", "jane@hilltop.example "),
        field(" HYPERLINK \\\\\\\\hilltop-nas\\\\staff\\\\jane.docx "),
        field(" USERNAME ", '"Jane ', 'Okafor" '),
        field(" DATABASE ", '\\d "D:\\marks.mdb" \\c "UID=jane" '),
        field(' ADDIN CITE {"user": "jane okafor"} '),
        field(" IF ", field(' AUTHOR "Jane" ', shown="A"), ' = "x" "~\\jane" '),
        f"<w:p><w:fldSimple w:instr=' AUTHOR &quot;Jane&quot; '>{SHOWN}</w:fldSimple></w:p>",
        f"<w:p><w:fldSimple w:instr=' LINK Excel.Sheet &quot;D:\\jane.xlsx&quot; '>{SHOWN}</w:fldSimple></w:p>",
        f'<w:p><w:r><w:instrText> INCLUDEPICTURE "\\\\hilltop\\p.png" </w:instrText></w:r>{SHOWN}</w:p>',
    ],
)
def test_what_a_field_shows_stays_and_where_it_took_it_from_goes(content: str) -> None:
    made = documents.docx(10, xml=content)
    assert TELLING.search(whole(made))
    body = copied(made)["word/document.xml"]
    assert not TELLING.search(body)
    assert b"Figure 1" in body


@pytest.mark.parametrize(
    "kept",
    [
        ' HYPERLINK "https://example.org/reading" ',
        ' HYPERLINK \\l "_Toc1" ',
        " PAGE \\* MERGEFORMAT ",
        ' TOC \\o "1-3" \\h \\z \\u ',
        ' IF 1 = 1 "a &lt; b" "c" ',
        " SEQ Figure \\* ARABIC ",
    ],
)
def test_instructions_that_tell_nothing_stay_as_they_are_written(kept: str) -> None:
    half = kept.rindex(" ", 0, -1)
    body = copied(documents.docx(10, xml=field(kept[:half], kept[half:])))["word/document.xml"].decode()
    assert f"<w:instrText>{kept[:half]}</w:instrText></w:r><w:r><w:instrText>{kept[half:]}<" in body


def test_mail_merges_and_variables_of_a_document_go_whole() -> None:
    settings_of_word = (
        '<w:settings xmlns:w="urn:w"><w:zoom w:percent="90"/><w:mailMerge><w:connectString w:val="UID=jane"/><w:query '
        'w:val="SELECT * FROM Hilltop"/><w:odso><w:src/></w:odso></w:mailMerge><w:docVars><w:docVar w:name="school" '
        'w:val="Hilltop"/></w:docVars><w:defaultTabStop w:val="720"/></w:settings>'
    )
    tag = "<w:uniqueTag>Jane Okafor</w:uniqueTag>"
    recipients = f"<w:recipients><w:recipientData>{tag}</w:recipientData></w:recipients>"
    entries = copied(
        word_document(**{"word/settings.xml": settings_of_word, "word/recipientData.xml": recipients})
    )
    left = entries["word/settings.xml"].decode()
    assert '<w:zoom w:percent="90"></w:zoom><w:defaultTabStop w:val="720">' in left
    assert "mailMerge" not in left
    assert not any(TELLING.search(one) for one in entries.values())


@pytest.mark.parametrize(
    ("place", "content", "kept"),
    [
        (
            "xl/worksheets/sheet1.xml",
            (
                f'<worksheet><scenarios><scenario name="Fewer pupils" user="{NAME}" comment="By {NAME} on 1/2/26">'
                '<inputCells r="A1" val="4"/></scenario></scenarios></worksheet>'
            ),
            'name="Fewer pupils"',
        ),
        (
            "xl/revisions/userNames.xml",
            f'<users><userInfo guid="{{1}}" name="{NAME}" id="-7"/></users>',
            'id="-7"',
        ),
        (
            "xl/revisions/revisionHeaders.xml",
            f'<headers><header userName="{NAME}" r:id="rId1"/></headers>',
            "rId1",
        ),
        (
            "xl/workbook.xml",
            (
                f'<workbook><customWorkbookViews><customWorkbookView name="{NAME} - Personal View" guid="{{1}}"/>'
                '<customWorkbookView name="Hilltop" guid="{2}"/></customWorkbookViews></workbook>'
            ),
            'name="Author 1" guid="{1}"></customWorkbookView><customWorkbookView name="Author 2" guid="{2}"',
        ),
        (
            "xl/connections.xml",
            (
                '<connections><connection id="1" odcFile="C:\\jane.odc"><dbPr connection="UID=jane" command="Hilltop"/>'
                "</connection></connections>"
            ),
            '<connection id="1"',
        ),
        (
            "xl/externalLinks/externalLink1.xml",
            '<ddeLink ddeService="x" ddeTopic="D:\\jane.xlsx"/>',
            'ddeService="x"',
        ),
        (
            "xl/drawings/d.xml",
            '<cNvPr id="2" name="Picture 1" title="C:\\Users\\jane\\a.jpg"/>',
            'name="Picture 1"',
        ),
    ],
)
def test_names_in_workbooks_go_and_the_rest_stays(place: str, content: str, kept: str) -> None:
    made = documents.archive(
        {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", place: content}
    )
    left = copied(made, "xlsx")[place]
    assert not TELLING.search(left)
    assert kept in left.decode()


def test_the_printer_and_objects_of_an_open_document_go() -> None:
    settings_of_it = (
        "<office:document-settings xmlns:office='o' xmlns:config='c'>"
        "<config:config-item config:name='PrinterName' config:type='string'>Hilltop staff room</config:config-item>"
        "<config:config-item config:name='PrinterSetup' config:type='base64Binary'>SmFuZQ==</config:config-item>"
        "<config:config-item config:name='LinkUpdateMode' config:type='short'>1</config:config-item>"
        "</office:document-settings>"
    )
    made = documents.odt(
        40,
        entries={
            "settings.xml": settings_of_it,
            "Object 1": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NAME.encode("utf-16-le") + NAME.encode(),
            "Object 2": documents.archive({"docProps/core.xml": _CORE}),
            "Object 3/content.xml": '<!DOCTYPE math PUBLIC "-//O//DTD" "math.dtd"><math><mi>x</mi></math>',
            "ObjectReplacements/Object 1": photograph(kind="PNG"),
        },
    )
    entries = copied(made, "odt")
    assert entries["Object 1"] == entries["Object 2"] == b""
    assert b"<mi>x</mi>" in entries["Object 3/content.xml"]
    assert entries["ObjectReplacements/Object 1"].startswith(b"\x89PNG")
    left = entries["settings.xml"].decode()
    assert "staff room" not in left
    assert "SmFuZQ" not in left
    assert ">1</config:config-item>" in left


# --- drawings --------------------------------------------------------------------------------------------------
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {}>{}<rect/></svg>'
_PUBLIC = (
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" {}>'
)


def drawing(content: str) -> str:
    return copied(word_document(**{"word/media/d.svg": content}))["word/media/d.svg"].decode()


def test_a_drawing_with_a_document_type_is_kept_without_what_it_says_of_itself() -> None:
    metadata = f"<metadata><Work><title>Hilltop</title><Agent>{NAME}</Agent></Work></metadata>"
    shown = drawing(
        "<?xml version='1.0'?>\n"
        + _PUBLIC.format(
            "[<!-- of jane --> <!ENTITY ns_ai 'http://ns.adobe.com/ai'> <!ENTITY said 'Reading'>]"
        )
        + _SVG.format('xmlns:i="&ns_ai;" docname="jane.svg"', f"{metadata}<text>&said; &amp; more</text>")
    )
    assert not TELLING.search(shown.encode())
    assert "DOCTYPE" not in shown
    assert 'xmlns:i="http://ns.adobe.com/ai"' in shown
    assert "<text>Reading &amp; more</text><rect></rect>" in shown


def test_a_photograph_within_a_drawing_says_nothing_of_itself() -> None:
    encoded = base64.b64encode(photograph()).decode()
    shown = drawing(_SVG.format("", f'<image xlink:href="data:image/jpeg;base64,{encoded}"/>'))
    inner = re.search(r"base64,([^\"]+)", shown)
    assert inner is not None
    assert base64.b64decode(inner[1]) == picture(photograph())


@pytest.mark.parametrize(
    "entities",
    [
        "<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>",
        "<!ENTITY a SYSTEM 'file:///etc/passwd'>",
        "<!ENTITY % a 'x'>",
        "<!ENTITY a '<b/>'>",
        f"<!ENTITY a '{'x' * 1001}'>",
        "".join(f"<!ENTITY a{number} 'x'>" for number in range(101)),
    ],
)
def test_a_drawing_that_fetches_or_multiplies_is_refused(entities: str) -> None:
    content = word_document(**{"word/media/d.svg": _PUBLIC.format(f"[{entities}]") + _SVG.format("", "&a;")})
    with pytest.raises(Refused):
        unnamed.without_names(io.BytesIO(content), "docx")


def test_links_to_the_web_descriptions_and_controls_stay_what_they_are() -> None:
    kept = '<docPr descr="A wall of reading diaries" name="Picture 1"/>'
    copy = unnamed.without_names(
        io.BytesIO(word_document(**{"word/drawing.xml": kept, "word/activeX/activeX1.xml": "<ocx/>"})), "docx"
    )
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert b"A wall of reading diaries" in archive.read("word/drawing.xml")
        assert b"<ocx" in archive.read("word/activeX/activeX1.xml")


def test_what_a_real_program_makes_opens_in_that_program_again() -> None:
    made, written = io.BytesIO(), Document()
    written.core_properties.author = NAME
    written.add_heading("What we saw")
    written.add_paragraph("Pupils read more.")
    written.add_picture(io.BytesIO(photograph()))
    written.save(made)
    copy = Document(io.BytesIO(unnamed.without_names(made, "docx")))
    assert [one.text for one in copy.paragraphs][:2] == ["What we saw", "Pupils read more."]
    assert len(copy.inline_shapes) == 1
    assert not copy.core_properties.author


def test_plain_text_is_handed_on_as_it_is() -> None:
    assert unnamed.without_names(io.BytesIO(b"By Jane Okafor"), "txt") == b"By Jane Okafor"


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photograph_stays_turned_as_it_was_and_says_nothing_else(orientation: int) -> None:
    bare = picture(photograph(orientation=orientation))
    assert bare is not None
    assert not TELLING.search(bare)
    shown = Image.open(io.BytesIO(bare))
    assert dict(shown.getexif()) == ({} if orientation == 1 else {0x0112: orientation})
    assert shown.tobytes() == Image.open(io.BytesIO(photograph())).tobytes()


def test_what_is_put_behind_a_picture_goes() -> None:
    assert picture(photograph() + NAME.encode()) == picture(photograph())
    png = photograph(kind="PNG")
    assert picture(png + NAME.encode()) == picture(png)


def test_what_is_no_picture_of_these_two_sorts_is_left_to_others() -> None:
    assert picture(b"GIF89a") is None


@given(st.binary(max_size=60), st.integers(0, 400), st.sampled_from(["JPEG", "PNG"]))
@settings(max_examples=150, deadline=None)
def test_a_damaged_picture_is_told_as_such_or_read_and_never_goes_on_for_ever(
    noise: bytes, at: int, kind: str
) -> None:
    whole_one = photograph(kind=kind)
    try:
        bare = picture(whole_one[:at] + noise + whole_one[at + len(noise) :])
    except Damaged:
        return
    assert bare is None or len(bare) <= len(whole_one) + 60


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("missing", [1, 2, 5, 14, 30])
def test_a_picture_that_breaks_off_is_shown_in_a_document_as_far_as_it_goes(kind: str, missing: int) -> None:
    drawn, told = io.BytesIO(), Image.Exif()
    told[0x013B] = NAME
    noisy = Image.effect_noise((60, 40), 90)
    noisy.save(drawn, kind, exif=told, comment=NAME)
    content = drawn.getvalue()[:-missing]
    with pytest.raises(Damaged):
        picture(content)
    shown = copied(word_document(**{"word/media/photo.jpg": content}))["word/media/photo.jpg"]
    assert not TELLING.search(shown)
    with Image.open(io.BytesIO(shown)) as opened:
        assert opened.size == (60, 40)
        if missing <= 2:
            opened.load()


def test_a_damaged_picture_in_a_document_is_left_out() -> None:
    copy = unnamed.without_names(
        io.BytesIO(word_document(**{"word/media/photo.jpg": photograph()[:90]})), "docx"
    )
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert archive.read("word/media/photo.jpg") == b""


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("docx", word_document(**{"word/people.xml": "<w15:people>"})),
        ("docx", word_document(**{"word/people.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"})),
        ("docx", word_document(**{"word/people.xml": "<a>" * 300 + "</a>" * 300})),
        ("docx", b"PK\x03\x04 no archive"),
        ("pdf", b"%PDF-1.7 nothing"),
    ],
)
def test_what_cannot_be_copied_so_is_refused_with_what_to_do(kind: str, content: bytes) -> None:
    with pytest.raises(Refused, match=r"Save it again from your word processor") as refusal:
        unnamed.without_names(io.BytesIO(content), kind)
    assert refusal.value.code == "file.unnamed"
