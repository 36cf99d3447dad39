"""The statement of level that goes with a request for credit, as a PDF (S1-37).

It says the level, and a number of credits only where the statement was issued with one; else nothing stands there.
"""

from pathlib import Path

from goldenthread.awards import certificate
from goldenthread.awards.credit_queries import agreed_of
from goldenthread.awards.credit_rules import statement_text
from goldenthread.awards.models import CreditRequest
from goldenthread.awards.transcript import as_pdf, verify_address
from goldenthread.common import clock
from goldenthread.common.refused import Refused

TEMPLATE = Path(__file__).with_name("statement.typ")


def text_of(request: CreditRequest) -> str:
    """What the statement of a request says."""
    award = request.award
    return statement_text(
        agreed_of(request.agreement),
        holder=award.holder_name,
        programme=award.programme_name,
        edition=award.edition,
        awarded_on=certificate.long_day(award.awarded_on),
        credits=request.statement_credits,
    )


def rows_of(request: CreditRequest) -> list[tuple[str, str]]:
    """The same as pairs, without a row for credits while there is no number."""
    rows = [
        ("Level", str(request.agreement.level)),
        ("Towards", f"{request.agreement.award_title}, {request.agreement.university.name}"),
        ("Credits", "" if request.statement_credits is None else str(request.statement_credits)),
        ("Code of the award", request.award.code),
        ("Request", request.reference),
        ("Issued on", certificate.long_day(clock.day_of(request.statement_at))),
    ]
    return [row for row in rows if row[1]]


def pdf_of(request: CreditRequest) -> bytes:
    """The statement of a request that its page has loaded; refuses a revoked award."""
    if request.award.revoked_at is not None:
        raise Refused("The award was revoked; there is no statement of it.", code="award.revoked")
    address = verify_address(request.award)
    data = {
        "title": f"Statement of level: {request.award.programme_name}",
        "holder": request.award.holder_name,
        "level": request.agreement.level,
        "said": text_of(request),
        "rows": [list(row) for row in rows_of(request)],
        "provider": request.award.provider,
        "address": address,
        "qr": certificate.qr_code(address),
    }
    return as_pdf(TEMPLATE, data, on=clock.day_of(request.statement_at))
