"""Copies of documents without what programs wrote into them about people: nobody sees it, and it tells who they are.

Properties of a document name its author, changes and comments bear names, templates and mail addresses stand in links,
photographs know where they were taken. What the document itself says and shows stays as it is.
"""

from typing import BinaryIO

from goldenthread.common.containers import one_meter
from goldenthread.common.filetypes import Kind
from goldenthread.common.refused import Refused
from goldenthread.common.unnamed.packages import package
from goldenthread.common.unnamed.pdf import pdf
from goldenthread.common.unnamed.pictures import picture

PACKAGES, PICTURES = ("docx", "odt", "xlsx"), ("jpg", "png")


def without_names(file: BinaryIO, kind: str) -> bytes:
    """A copy of a file accepted as of this kind (an ending, as "docx"), without what its programs say of people.

    Word and Excel: properties, authors of changes and comments, links to files and mail addresses, what fields, mail
    merges and connections say of both, signatures, what is embedded, and what pictures say of themselves. OpenDocument:
    the same, and its printer. PDF: properties, authors of notes, attached files, signatures, and what its photographs
    say. Pictures: all but how they are to be turned. Plain text stays as it is.
    Refuses "file.unnamed" what can't be copied so, and "file.photograph" a PDF with too large photographs, with what to
    do.
    """
    file.seek(0)
    try:
        with one_meter():
            if kind in PACKAGES:
                return package(file)
            if kind == Kind.PDF:
                return pdf(file)
            data = file.read()
            return (picture(data) or data) if kind in PICTURES else data
    except (
        Exception
    ) as fault:  # what was refused, and whatever the libraries make of a file that is almost right
        if isinstance(fault, Refused) and fault.code == "file.photograph":
            raise
        raise Refused(
            "What this file says of its author can't be taken out, so markers can't get it. Save it again from your "
            "word processor, or as a PDF, and add the new file.",
            code="file.unnamed",
            field="upload",
        ) from fault
