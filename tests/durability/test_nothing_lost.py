"""Whatever is killed in a burst of hand-ins: a receipt that was given has its script, and only one counts."""

import json
import random

import pytest

from bench import places
from tests.durability import provider, sending
from tests.durability.installation import Installation, installed
from tests.durability.people import Crowd, Receipt

# Installations with databases of their own, of both kinds: whichever the other tests have.
pytestmark = [pytest.mark.timeout(600), pytest.mark.alike]
PEOPLE, PARTICIPANTS, KILLS = 8, 2_000, 20
BETWEEN = 12  # receipts after each recovery, before the next kill


@pytest.mark.parametrize("database", places.DATABASES)
def test_after_twenty_kills_every_receipt_has_its_script(database: str) -> None:
    chance = random.Random(database)
    with provider.running() as mails, installed(database, mails) as one:
        jobs, text = one.people(PARTICIPANTS)
        one.start("web")
        one.start("worker")
        crowd = Crowd(jobs, text, port=one.port, people=PEOPLE, seed=7)
        crowd.begin()
        for number in range(KILLS):
            crowd.wait_for(BETWEEN + chance.randrange(BETWEEN))
            _break(one, number)
        receipts = crowd.end()
        assert crowd.wrong == []
        one.kill("web")
        one.kill("worker")
        _nothing_is_lost(receipts, one)
        assert {receipt.way for receipt in receipts} == {way.__name__ for way in sending.WAYS}
        assert crowd.interrupted, "nobody was ever interrupted: nothing was tried"
        _nothing_is_sent_twice(one, mails)


def _break(one: Installation, number: int) -> None:
    """Each in turn: a process that answers, the whole web server, the worker, the database or what holds it."""
    names = ["web process", "web", "worker", "database"]
    name = names[number % len(names)]
    if name == "web process":
        one.kill_one_of_the_web_processes()
        return
    fall = [name] if name != "database" or one.postgresql else ["web", "worker"]
    for each in fall:
        one.kill(each)
    for each in fall:
        one.start(each)


def _nothing_is_lost(receipts: list[Receipt], one: Installation) -> None:
    found = json.loads(one.ask("scripts"))
    assert len({(receipt.sitting, receipt.number) for receipt in receipts}) == len(receipts)
    stored = {(row[0], row[1]): row[2] for row in found["scripts"]}
    lost = [
        receipt for receipt in receipts if stored.get((receipt.sitting, receipt.number)) != receipt.sha256
    ]
    assert lost == []
    assert [row for row in found["scripts"] if row[2] != row[3]] == [], "stored under another checksum"
    assert (found["two_current"], found["none_current"], found["faults"]) == (0, 0, [])
    # Each script that is there has its event in the trail and its mail, whether or not the receipt arrived.
    assert found["events"] == sorted([f"sitting:{row[0]}", row[1], row[2]] for row in found["scripts"])
    assert found["mails"] == sorted(row[4] for row in found["scripts"])


def _nothing_is_sent_twice(one: Installation, mails: provider.Provider) -> None:
    assert json.loads(one.ask("deliver"))["waiting"] == 0
    found = json.loads(one.ask("scripts"))
    of_scripts = {key for key in mails.sent if key.startswith("mail:script_")}  # people get others meanwhile
    assert of_scripts == set(found["mails"])
    assert mails.different == [], "one key, two contents"
