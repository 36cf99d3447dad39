"""Workload and payment of a window's markers: who did what, rates, payment runs by two people, a file of it."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from goldenthread.assessment.models import Window
from goldenthread.common import audit
from goldenthread.common.refused import Refused
from goldenthread.common.spreadsheets import harmless
from goldenthread.marking import pay_queries, paying
from goldenthread.marking.capacity_queries import takes_in
from goldenthread.marking.pay_models import PayRate
from goldenthread.marking.pay_queries import Line
from goldenthread.web.office.access import office_only
from goldenthread.web.office.forms_pay import AsideForm, CorrectForm, KeyForm, RateForm, decision
from goldenthread.web.office.views.outcomes import window_with_facts
from goldenthread.web.shared.http import (
    new_form_key,
    page_of,
    posted,
    renew_form_key,
    roles_day,
    show_refusal,
    today,
    viewer,
)

HEAD = (
    "marker", "programme and intake", "window from", "open", "late", "submitted", "median minutes",
    "first and second markings", "third markings and re-marks", "practice sets", "not paid", "without a rate",
    "due in pence", "paid in pence", "left in pence",
)  # fmt: skip


@require_safe
def pay_waiting(request: Any) -> HttpResponse:
    """Rates and payment runs that wait for a second person, of every window."""
    office_only(viewer(request))
    context = {"rates": pay_queries.waiting_rates(), "runs": pay_queries.waiting_runs()}
    return render(request, "office/pay_waiting.html", context)


def _lines(request: Any, window: Window) -> list[Line]:
    return pay_queries.lines_in([window.pk], day=roles_day(request))


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: Any, window_id: int) -> HttpResponse:
    """Workload, due and paid of every marker of a window; makes a payment run."""
    window = window_with_facts(request, window_id)
    if request.method == "POST":
        return _make_run(request, window)
    rates, runs = pay_queries.rates_of(window), pay_queries.runs_of(window)
    lines = pay_queries.lines_in([window.pk], day=roles_day(request), proposed=rates)
    page = page_of(request, lines)
    takes = takes_in(window, [line.marker for line in page], since=today(request))
    for line in page:
        line.takes = takes[line.marker]
    context = {
        "window": window,
        "page": page,
        "lines": list(page),
        "aside": [(line, one) for line in page for one in line.aside],
        "due": sum(line.due.pence for line in lines),
        "paid": sum(line.paid for line in lines),
        "left": sum(max(line.left, 0) for line in lines),
        "unrated": sum(line.due.unrated for line in lines),
        "to_approve": sum(pay_queries.decision_of(rate) is None for rate in rates),
        "runs": runs,
        "waiting": next((run for run in runs if pay_queries.decision_of(run) is None), None),
        "form_key": new_form_key(),
    }
    return render(request, "office/pay.html", context)


def _make_run(request: Any, window: Window) -> HttpResponse:
    form = KeyForm(request.POST)
    if not form.is_valid():
        return redirect("office:pay", window.pk)
    form_key = str(form.cleaned_data["form_key"])
    try:
        made = paying.make_run(window=window, form_key=form_key, by=request.user, at=request.received_at)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("office:pay", window.pk)
    messages.success(
        request, f"Payment run {made.number} is made. It is paid once another person approves it."
    )
    return redirect("office:pay_run", window.pk, made.number)


@require_http_methods(["GET", "HEAD", "POST"])
def pay_rates(request: Any, window_id: int) -> HttpResponse:
    """What the work of a window brings: proposed by one person, approved by another."""
    window = window_with_facts(request, window_id)
    rates = pay_queries.rates_of(window)
    if request.method == "POST" and decision(request.POST) is not None:
        _decide_rate(request, rates)
        return redirect("office:pay_rates", window.pk)
    form = RateForm(posted(request), initial={"form_key": new_form_key()})
    if request.method == "POST" and form.is_valid():
        try:
            paying.propose_rate(
                window=window,
                rate=form.rate(),
                reason=form.cleaned_data["reason"],
                form_key=str(form.cleaned_data["form_key"]),
                by=request.user,
                at=request.received_at,
            )
            messages.success(request, "The rate is proposed. It holds once another person approves it.")
            return redirect("office:pay_rates", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
            renew_form_key(form, refusal)
    context = {
        "window": window,
        "form": form,
        "rates": [(rate, pay_queries.decision_of(rate)) for rate in rates],
    }
    return render(request, "office/pay_rates.html", context, status=422 if form.errors else 200)


def _decide_rate(request: Any, rates: list[PayRate]) -> None:
    number = request.POST.get("rate", "")
    rate = next((one for one in rates if str(one.pk) == number), None)
    approve = decision(request.POST)
    if rate is None or approve is None:
        messages.error(request, "Choose a rate of this window.")
        return
    try:
        paying.decide_rate(rate=rate, approve=approve, by=request.user, at=request.received_at)
        messages.success(request, "The rate is approved." if approve else "The rate is taken back.")
    except Refused as refusal:
        messages.error(request, refusal.message)


@require_http_methods(["GET", "HEAD", "POST"])
def pay_run(request: Any, window_id: int, number: int) -> HttpResponse:
    """One payment run: its lines; approved by a second person it is paid, and payments can be corrected."""
    window = window_with_facts(request, window_id)
    run = pay_queries.get_run_for(viewer(request), window, number)
    approve = decision(request.POST) if request.method == "POST" else None
    if approve is not None:
        try:
            paying.decide_run(run=run, approve=approve, by=request.user, at=request.received_at)
            messages.success(
                request, "The run is approved and paid." if approve else "The run is taken back."
            )
        except Refused as refusal:
            messages.error(request, refusal.message)
        return redirect("office:pay_run", window.pk, run.number)
    lines = pay_queries.names_of(run)
    context = {
        "window": window,
        "run": run,
        "decision": pay_queries.decision_of(run),
        "lines": lines,
        "entries": pay_queries.entries_of(run),
        "own": run.made_by_id == request.user.pk,
        "paid_by_it": any(person.pk == request.user.pk for person, _ in lines),
    }
    return render(request, "office/pay_run.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def pay_correct(request: Any, entry_id: int) -> HttpResponse:
    """Take a payment back by its opposite, with a reason."""
    entry = pay_queries.get_entry_for(viewer(request), entry_id)
    window, run = entry.run.window, entry.run
    form = CorrectForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            paying.correct_payment(
                entry=entry, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
            )
            messages.success(request, "The payment is corrected. What is due can be paid in a new run.")
            return redirect("office:pay_run", window.pk, run.number)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"window": window, "run": run, "entry": entry, "form": form}
    return render(request, "office/pay_correct.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def pay_aside(request: Any, window_id: int, aside_id: int) -> HttpResponse:
    """Say whether marks that were set aside are paid."""
    window = window_with_facts(request, window_id)
    aside = pay_queries.get_aside_for(viewer(request), window, aside_id)
    form = AsideForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            paying.say_due(aside=aside, **form.cleaned_data, by=request.user, at=request.received_at)
            messages.success(request, "Recorded.")
            return redirect("office:pay", window.pk)
        except Refused as refusal:
            show_refusal(form, refusal)
    context = {"window": window, "aside": aside, "form": form, "words": pay_queries.words_on(aside)}
    return render(request, "office/pay_aside.html", context, status=422 if form.errors else 200)


# --- a file of it ------------------------------------------------------------------------------------------------
@require_safe
def pay_csv(request: Any, window_id: int) -> StreamingHttpResponse:
    """The page as a file; that somebody took it is kept in the trail."""
    window = window_with_facts(request, window_id)
    lines, at = _lines(request, window), request.received_at
    audit.record("pay.exported", window, by=request.user, at=at, markers=len(lines))
    response = StreamingHttpResponse(_rows(window, lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="pay-{window.opens_on:%Y-%m-%d}-{at:%Y-%m-%d}.csv"'
    )
    response["Cache-Control"] = "private, no-store"
    return response


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _rows(window: Window, lines: list[Line]) -> Iterator[str]:
    """Words are made harmless; numbers stay numbers, so that a sum below nothing is one."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(HEAD)
    for line in lines:
        due = line.due
        median = "" if line.median_minutes is None else line.median_minutes
        yield writer.writerow([
            harmless(line.name), harmless(str(window.intake)), window.opens_on.isoformat(), line.open, line.late,
            line.submitted, median, *line.counts, due.withheld, due.unrated, due.pence, line.paid, line.left,
        ])  # fmt: skip
