"""Messages that go out: what waits, what failed, what one says; dead ones are tried again from here."""

from django import forms
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from goldenthread.common import outbox
from goldenthread.web.office import mailbox
from goldenthread.web.shared.http import Request, viewer


class MessagesForm(forms.Form):
    """What the list is narrowed to."""

    q = forms.CharField(
        label="Part of an address or a subject",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(required=False, choices=list(mailbox.LABELS.items()), widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)


@require_safe
def messages(request: Request) -> HttpResponse:
    """The outbox by state; opens with what needs somebody."""
    counts = mailbox.counts_for(viewer(request))
    form = MessagesForm(request.GET)
    form.is_valid()
    first = next((state for state in ("dead", "failing", "waiting") if counts[state]), "sent")
    state, words = form.cleaned_data.get("state") or first, form.cleaned_data.get("q", "").strip()
    pile = mailbox.messages_for(
        viewer(request), state=state, words=words, before=form.cleaned_data.get("before")
    )
    url = reverse("office:messages")
    tabs = [
        {
            "label": label,
            "url": f"{url}?state={name}",
            "current": name == state,
            "count": counts.get(name, ""),
        }
        for name, label in mailbox.LABELS.items()
    ]
    rows = [
        {
            "message": one,
            "title": mailbox.title_of(one),
            "kind": mailbox.KINDS[state],
            "label": mailbox.LABELS[state],
        }
        for one in pile.messages
    ]
    context = {"form": form, "tabs": tabs, "rows": rows, "pile": pile, "state": state, "words": words}
    return render(request, "office/messages.html", context)


@require_safe
def message(request: Request, message_id: int) -> HttpResponse:
    """One message: its fate, and what it says."""
    found = mailbox.get_message_for(viewer(request), message_id)
    state = mailbox.state_of(found)
    context = {
        "message": found,
        "title": mailbox.title_of(found),
        "state": mailbox.LABELS[state],
        "kind": mailbox.KINDS[state],
        "preview": mailbox.preview_of(found),
    }
    return render(request, "office/message.html", context)


@require_POST
def try_again(request: Request, message_id: int) -> HttpResponse:
    """Give a message that was given up a fresh set of tries."""
    found = mailbox.get_message_for(viewer(request), message_id)
    if outbox.revive(found, at=request.received_at, by=request.user):
        notes.success(request, "It will be sent again within a minute.")
    else:
        notes.info(request, "This message was not given up: nothing was changed.")
    return redirect("office:message", message_id)
