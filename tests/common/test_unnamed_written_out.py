"""Pictures that are written out inside XML, in base64, say of people as little as those that are files of their own."""

import base64
import io
import re
import textwrap
from urllib.parse import quote

import pytest
from PIL import Image

from goldenthread.common import unnamed
from goldenthread.common.refused import Refused
from tests import documents
from tests.common.test_unnamed import NAME, TELLING, copied, photograph, word_document
from tests.common.test_unnamed_formats import SAVED, emf

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}<rect/></svg>'
PICTURES = {
    "photograph": photograph(),
    "turned": photograph(orientation=6),
    "PNG": photograph(kind="PNG"),
    "metafile": emf(),
    **SAVED,
}


def lines(data: bytes) -> str:
    """Base64 as office programs write it: in lines, indented."""
    return (
        "\n"
        + textwrap.fill(base64.b64encode(data).decode(), 72, initial_indent="   ", subsequent_indent="   ")
        + "\n"
    )


WAYS = {
    "in lines": lines,
    "in one": lambda data: base64.b64encode(data).decode(),
    "without what fills up": lambda data: base64.b64encode(data).decode().rstrip("="),
    "marked": lambda data: f"<![CDATA[{lines(data)}]]>",
    "in two marked halves": lambda data: f"<![CDATA[{lines(data)[:41]}]]><![CDATA[{lines(data)[41:]}]]>",
    "with numbers for letters": lambda data: "".join(
        f"&#{ord(one)};" for one in base64.b64encode(data).decode()
    ),
    "with a comment in it": lambda data: lines(data)[:50] + "<!-- by Jane -->" + lines(data)[50:],
    "with an instruction in it": lambda data: lines(data)[:50] + "<?by Jane?>" + lines(data)[50:],
    "with an element in it": lambda data: lines(data)[:50] + "<x>Jane</x>" + lines(data)[50:],
}


def open_text(content: str, *, element: str = "office:binary-data") -> bytes:
    frame = f"<draw:image><{element}>{content}</{element}></draw:image>"
    return documents.odt(40, xml=f"<text:p>Before <draw:frame>{frame}</draw:frame> and after.</text:p>")


def written_in(package: bytes, kind: str = "odt", part: str = "content.xml") -> bytes:
    """What the copy of it says in base64."""
    left = copied(package, kind)[part].decode()
    assert not TELLING.search(left.encode())
    found = re.search(r"<(?:\w+:)?(?:binary-data|binData|binaryData)>(.*?)</", left, re.DOTALL)
    assert found is not None
    assert "Before" not in found[1]
    return base64.b64decode(found[1], validate=True)


@pytest.mark.parametrize("sort", PICTURES)
def test_a_picture_in_the_xml_of_an_open_document_is_cleaned_as_one_beside_it(sort: str) -> None:
    content = PICTURES[sort]
    assert TELLING.search(content) or NAME.encode("utf-16-le") in content
    beside = copied(word_document(**{"word/media/p.bin": content}))["word/media/p.bin"]
    assert written_in(open_text(lines(content))) == beside


@pytest.mark.parametrize("way", WAYS)
def test_however_it_is_written_out(way: str) -> None:
    photo = photograph(orientation=3)
    left = written_in(open_text(WAYS[way](photo)))
    with Image.open(io.BytesIO(left)) as shown:
        assert shown.size == (40, 20)
        assert shown.getexif() == {0x0112: 3}


def test_the_text_around_it_stays_and_so_do_pictures_behind_it() -> None:
    two = open_text(lines(photograph()) + "</office:binary-data></draw:image></draw:frame> between <draw:frame>"
                    "<draw:image><office:binary-data>" + lines(photograph(kind="PNG")))  # fmt: skip
    left = copied(two, "odt")["content.xml"].decode()
    assert not TELLING.search(left.encode())
    shown = [base64.b64decode(one) for one in re.findall(r"<office:binary-data>(.*?)</", left)]
    assert [one[:2] for one in shown] == [b"\xff\xd8", b"\x89P"]
    assert "Before " in left
    assert " between " in left
    assert " and after." in left


@pytest.mark.parametrize(
    "content",
    [
        lines(photograph()[:90]),
        lines(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NAME.encode()),
        lines(documents.archive({"docProps/core.xml": NAME})),
        lines(b"<svg><text>by Jane</svg>"),
        "A",
        "\u00e9\u00e9\u00e9",
        "",
    ],
)
def test_what_cannot_be_read_or_is_another_programs_object_goes(content: str) -> None:
    assert written_in(open_text(content)) == b""


def test_a_drawing_in_it_is_cleaned_like_a_file_with_what_it_shows_itself() -> None:
    inner = base64.b64encode(photograph()).decode()
    drawing = _SVG.format(f"<metadata>{NAME}</metadata><image xlink:href='data:image/jpeg;base64,{inner}'/>")
    left = written_in(open_text(lines(drawing.encode())))
    assert b"<rect>" in left
    assert not TELLING.search(left)
    shown = re.search(rb"base64,([^\"]+)", left)
    assert shown is not None
    assert not TELLING.search(base64.b64decode(shown[1]))


def test_drawings_within_drawings_end_somewhere() -> None:
    content = _SVG.format(f"<text>{NAME}</text>").encode()
    for _ in range(12):
        inner = base64.b64encode(content).decode()
        content = _SVG.format(f"<image xlink:href='data:image/svg+xml;base64,{inner}'/>").encode()
    left = written_in(open_text(lines(content)))
    assert left.count(b"<rect>") == 1
    assert len(left) < len(content)


@pytest.mark.parametrize("element", ["w:binData", "pkg:binaryData"])
def test_pictures_in_the_xml_of_other_programs_too(element: str) -> None:
    picture = f"<w:pict xmlns:pkg='p'><{element}>{lines(photograph())}</{element}></w:pict>"
    made = documents.docx(40, xml=f"<w:p><w:r>{picture}</w:r></w:p>")
    assert written_in(made, "docx", "word/document.xml").startswith(b"\xff\xd8")


@pytest.mark.parametrize("sort", ["jpeg", "png", "gif", "webp", "tiff", "x-anything"])
@pytest.mark.parametrize("way", ["base64", "base64 in percents", "percents"])
def test_a_picture_in_an_address_says_nothing_whatever_its_sort_and_how_it_is_written(
    sort: str, way: str
) -> None:
    encoded = base64.b64encode(photograph()).decode()
    address = {
        "base64": f"data:image/{sort};base64,{encoded}",
        "base64 in percents": f"data:image/{sort};base64,{quote(encoded, safe='')}",
        "percents": f"data:image/{sort},{quote(photograph())}",
    }[way]
    left = copied(word_document(**{"word/media/d.svg": _SVG.format(f"<image xlink:href='{address}'/>")}))
    shown = re.search(r"data:image/([\w-]+);base64,([^\"]+)", left["word/media/d.svg"].decode())
    assert shown is not None
    assert shown[1] == sort
    assert not TELLING.search(base64.b64decode(shown[2]))
    assert base64.b64decode(shown[2]).startswith(b"\xff\xd8")


def test_a_description_that_begins_like_an_address_stays() -> None:
    named = "<w:p><w:r><wp:docPr xmlns:wp='w' descr='data: reading, 61 to 74'/></w:r></w:p>"
    made = copied(documents.docx(40, xml=named))
    assert "data: reading, 61 to 74" in made["word/document.xml"].decode()


def in_style(written: str) -> str:
    """A drawing whose style sheet is this, as its copy is."""
    made = word_document(**{"word/media/d.svg": _SVG.format(f"<style>{written}</style>")})
    return copied(made)["word/media/d.svg"].decode()


PHOTO = base64.b64encode(photograph()).decode()
STYLES = {
    "plain": f"rect{{fill:url(data:image/jpeg;base64,{PHOTO})}} text{{fill:red}}",
    "quoted": f"rect{{fill:url( 'data:image/jpeg;base64,{PHOTO}' )}} text{{fill:red}}",
    "in capitals": f"rect{{fill:URL(DATA:image/jpeg;base64,{PHOTO})}} text{{fill:red}}",
    "marked": f'<![CDATA[rect{{fill:url("data:image/jpeg;base64,{PHOTO}")}} text{{fill:red}}]]>',
    "in halves": f"rect{{fill:url(da<!-- x -->ta:image/jpeg;base64,{PHOTO})}} text{{fill:red}}",
    "by numbers": f"rect{{fill:url(&#100;ata:image/jpeg;base64,{PHOTO})}} text{{fill:red}}",
    "in a set": f"rect{{fill:image-set('data:image/jpeg;base64,{PHOTO}' 1x)}} text{{fill:red}}",
    "without an end": f"text{{fill:red}} rect{{fill:url(data:image/jpeg;base64,{PHOTO}",
}


@pytest.mark.parametrize("way", STYLES)
def test_a_picture_in_a_style_sheet_goes_and_the_rest_of_the_sheet_stays(way: str) -> None:
    left = in_style(STYLES[way])
    assert PHOTO[:40] not in left
    assert "data:" not in left.lower()
    assert "text{fill:red}" in left
    assert "<rect>" in left


@pytest.mark.parametrize(
    "hidden", ["u\\72l(data:{})", "url(d\\61 ta:{})", "url('da\\\nta:{}')", "@import 'dat\\61:{}'"]
)
def test_what_hides_a_picture_behind_escapes_goes_whole(hidden: str) -> None:
    left = in_style(f"rect{{fill:{hidden.format(f'image/jpeg;base64,{PHOTO}')}}}")
    assert "<style></style>" in left


@pytest.mark.parametrize("name", ["style", "fill", "filter"])
@pytest.mark.parametrize("quote_", ["", "'", "&quot;"])
def test_a_picture_in_an_attribute_of_a_drawing_goes(name: str, quote_: str) -> None:
    before = "stroke:red;fill:" if name == "style" else ""
    url = f"url({quote_}data:image/jpeg;base64,{PHOTO}{quote_})"
    made = word_document(**{"word/media/d.svg": _SVG.format(f'<g {name}="{before}{url}"/>')})
    assert f'<g {name}="{before}none">' in copied(made)["word/media/d.svg"].decode()


@pytest.mark.parametrize(
    "style", ["rect{fill:url(#there)}", "text::before{content:'\\201C data'}", "a{fill:red}"]
)
def test_a_style_without_pictures_stays(style: str) -> None:
    assert f"<style>{style}</style>" in in_style(style)


def test_what_a_shape_of_word_holds_packed_goes() -> None:
    packed = base64.b64encode(documents.archive({"media/image1.jpeg": photograph()})).decode()
    shape = f"<v:shape xmlns:v='v' xmlns:o='o' style='width:9pt' o:gfxdata='{packed}'/>"
    left = copied(documents.docx(40, xml=f"<w:p><w:r><w:pict>{shape}</w:pict></w:r></w:p>"))
    assert 'style="width:9pt" o:gfxdata=""' in left["word/document.xml"].decode()


def test_an_open_document_with_much_written_out_is_bounded() -> None:
    made = open_text("A" * 70 * 1024 * 1024)
    with pytest.raises(Refused) as refusal:
        unnamed.without_names(io.BytesIO(made), "odt")
    assert refusal.value.code == "file.unnamed"
