"""The provider of these tests takes a mail when its last line is there, and only then."""

import smtplib
import socket
from email.message import EmailMessage

import pytest

from tests.durability import provider

pytestmark = pytest.mark.alike


def test_a_mail_that_breaks_off_was_never_handed_over() -> None:
    with provider.running() as mails:
        for rest in (
            b"",
            b"Subject: half",
            b"Subject: a whole line\r\n",
            b"Subject: all of it\r\n\r\nbut the end\r\n.",
        ):
            with socket.create_connection(mails.server_address) as line:
                answers = line.makefile("rb")
                answers.readline()
                line.sendall(b"DATA\r\n")
                assert answers.readline().startswith(b"354")
                line.sendall(rest)
                line.shutdown(socket.SHUT_WR)
                assert answers.read() == b""
        assert (mails.sent, mails.different) == ({}, [])


def test_the_same_key_twice_is_one_mail_and_other_words_under_it_are_noticed() -> None:
    with provider.running() as mails, smtplib.SMTP(*mails.server_address) as client:
        for subject in ("Receipt", "Receipt", "Another"):
            mail = EmailMessage()
            mail["To"], mail["From"], mail["Subject"], mail[provider.KEY] = (
                "a@x.example",
                "b@x.example",
                subject,
                "k",
            )
            mail.set_content("line\n.dot at the beginning\n")
            client.send_message(mail)
        assert (mails.asked["k"], list(mails.sent), mails.different) == (3, ["k"], ["k"])
