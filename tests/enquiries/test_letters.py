"""Reading mail of anybody: whatever comes in, a bounded letter of plain text comes out."""

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.enquiries import letters
from goldenthread.enquiries.rules import LONGEST_LETTER

HEAD = b"From: Amara <amara@example.org>\r\nTo: office@example.org\r\nSubject: Dates\r\nMessage-ID: <1@example.org>\r\n"


def mail(body: str = "When does it start?", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Amara Ñandú <amara@example.org>", "cpd@example.org", "Dates"
    made["Message-ID"] = "<1@example.org>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


def test_a_plain_mail_says_who_wrote_what_to_whom() -> None:
    letter = letters.read(
        mail(In_Reply_To="<0@example.org>", References="<00@example.org> <0@example.org>").as_bytes()
    )
    assert (letter.name, letter.sender, letter.to) == (
        "Amara Ñandú",
        "amara@example.org",
        ("cpd@example.org",),
    )
    assert (letter.subject, letter.text, letter.automatic) == ("Dates", "When does it start?", "")
    assert letter.answers == ("<0@example.org>", "<00@example.org>")


def test_of_html_only_the_words_are_kept() -> None:
    made = mail()
    made.set_content(
        "<head><style>p{}</style></head><body><script>alert(1)</script><p>Hello <b>there</b></p>"
        "<p>See <a href='https://example.org/x'>this</a>&nbsp;page</p><img src=x onerror=alert(1)></body>",
        subtype="html",
    )
    letter = letters.read(made.as_bytes())
    assert letter.text == "Hello there\n\nSee this (https://example.org/x) page"


def test_attachments_are_left_out_and_said() -> None:
    made = mail()
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="cv.pdf")
    made.add_attachment(b"MZ", maintype="text", subtype="plain", filename="run.txt")
    letter = letters.read(made.as_bytes())
    assert letter.text == "When does it start?"
    assert letter.notes == ("2 attachments were left out: enquiries take text only.",)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "an automatic answer"),
        ({"Auto_Submitted": "no"}, ""),
        ({"Precedence": "bulk"}, "bulk"),
        ({"List_Id": "<news.example.org>"}, "mailing list"),
        ({"Return_Path": "<>"}, "could not be delivered"),
    ],
)
def test_machines_are_told_from_people(header: dict[str, str], why: str) -> None:
    found = letters.read(mail(**header).as_bytes()).automatic
    assert (why in found) if why else found == ""


def test_a_sender_without_an_address_or_of_a_machine_is_automatic() -> None:
    assert letters.read(b"Subject: x\r\n\r\nhello").automatic == "a message without a sender"
    raw = mail().as_bytes().replace(b"amara@example.org", b"MAILER-DAEMON@example.org")
    assert letters.read(raw).automatic == "a message of a machine"


def test_a_report_of_a_bounce_names_the_message_that_bounced() -> None:
    raw = (
        b"From: MAILER-DAEMON@example.org\r\nMessage-ID: <b@example.org>\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\n\r\nYour message <abc@goldenthread.invalid> did not arrive.\r\n--x--\r\n"
    )
    letter = letters.read(raw)
    assert letter.bounce
    assert letter.answers == ("<abc@goldenthread.invalid>",)


def test_hostile_shapes_are_read_as_far_as_they_go() -> None:
    nested = HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)
    )
    assert letters.read(nested).sender == "amara@example.org"
    wide = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5000
    letter = letters.read(wide)
    assert letter.text.count("x") == letters.MOST_PARTS
    assert letter.notes == (f"Only the first {letters.MOST_PARTS} parts were read.",)


def test_a_huge_mail_is_cut_and_says_so() -> None:
    letter = letters.read(HEAD + b"\r\n" + b"x" * (letters.LARGEST + 1))
    assert (letter.subject, letter.text) == ("Dates", "")
    assert "larger than 10 MB" in letter.notes[0]
    long = letters.read(HEAD + b"\r\n" + b"word " * 100_000)
    assert len(long.text) == LONGEST_LETTER
    assert "Only the first 50,000 characters" in long.notes[0]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: text/plain; charset=klingon\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n",
        b"Content-Type: text/plain; charset=ascii\r\nContent-Transfer-Encoding: quoted-printable\r\n",
        b"Content-Transfer-Encoding: rot13\r\n",
    ],
)
def test_broken_encodings_lose_signs_but_not_the_mail(head: bytes) -> None:
    letter = letters.read(HEAD + head + b"\r\nGr\xfc\xdfe =C3 \x00\xff!!")
    assert letter.sender == "amara@example.org"
    assert "\x00" not in letter.text
    letter.text.encode()


def test_names_and_subjects_are_decoded_and_kept_in_one_line() -> None:
    coded = base64.b64encode("Fröbel\r\nBcc: x@y.example".encode()).decode()
    raw = f"From: =?utf-8?b?{coded}?= <f@example.org>\r\nSubject: =?utf-8?b?{coded}?=\r\n\r\nhi".encode()
    letter = letters.read(raw)
    assert "\n" not in letter.subject + letter.name
    assert letter.subject.startswith("Fröbel")


def test_mails_without_an_id_are_told_apart_by_their_bytes() -> None:
    one, two = (
        letters.read(b"From: a@example.org\r\n\r\none"),
        letters.read(b"From: a@example.org\r\n\r\ntwo"),
    )
    assert one.message_id != two.message_id
    assert one.message_id == letters.read(b"From: a@example.org\r\n\r\none").message_id


@settings(max_examples=150)
@given(st.binary(max_size=600), st.booleans())
def test_no_bytes_whatsoever_break_the_reader(raw: bytes, headed: bool) -> None:
    letter = letters.read(HEAD + raw if headed else raw)
    assert len(letter.text) <= LONGEST_LETTER
    "".join([letter.text, letter.subject, letter.name, *letter.notes]).encode()
