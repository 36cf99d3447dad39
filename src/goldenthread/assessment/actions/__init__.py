"""The verbs of assessment, one module each: author, schedule, adjust, late_entry, release, draft, response, upload,
submit, kept, writing."""

from goldenthread.assessment.actions.adjust import (
    decide_adjustment,
    request_adjustment,
    set_late_policy,
    take_back_adjustment,
    withdraw_request,
)
from goldenthread.assessment.actions.apart import keep_apart
from goldenthread.assessment.actions.author import (
    PointInput,
    create_case_study,
    edit_case_study,
    look_at,
    publish,
    record_look,
    set_scheme,
    text_of,
)
from goldenthread.assessment.actions.draft import save_draft, write_steps
from goldenthread.assessment.actions.kept import (
    hand_in_kept,
    keep_arrived,
    keep_deferred,
    keep_found,
    keep_long,
    note_parked,
)
from goldenthread.assessment.actions.late_entry import (
    ask_late_entry,
    decide_late_entry,
    take_back_late_entry,
)
from goldenthread.assessment.actions.policy import decide_policy
from goldenthread.assessment.actions.practice import (
    assess_own_practice,
    give_practice_feedback,
    hand_in_practice,
    offer_practice,
    save_practice,
    take_practice_back,
)
from goldenthread.assessment.actions.release import (
    gate_beside_stages,
    get_case_for,
    preview_gate,
    release,
    waive_stages,
)
from goldenthread.assessment.actions.response import prepare_text
from goldenthread.assessment.actions.schedule import (
    assign_case,
    book_sittings,
    cancel_window,
    choose_word_limit,
    enter_again,
    say_what_next,
    schedule_window,
)
from goldenthread.assessment.actions.seals import rewrap, seals_by_key, try_seals
from goldenthread.assessment.actions.sign import published_keys, signed_receipt
from goldenthread.assessment.actions.submit import handed_in_before, receipt_number, submit_script
from goldenthread.assessment.actions.unlock import unlock, withdraw_case
from goldenthread.assessment.actions.upload import prepare_kept, prepare_upload
from goldenthread.assessment.actions.writing import record_look as record_look_at_writing
from goldenthread.assessment.actions.writing import remove_steps, take_back

__all__ = [
    "PointInput",
    "ask_late_entry",
    "assess_own_practice",
    "assign_case",
    "book_sittings",
    "cancel_window",
    "choose_word_limit",
    "create_case_study",
    "decide_adjustment",
    "decide_late_entry",
    "decide_policy",
    "edit_case_study",
    "enter_again",
    "gate_beside_stages",
    "get_case_for",
    "give_practice_feedback",
    "hand_in_kept",
    "hand_in_practice",
    "handed_in_before",
    "keep_apart",
    "keep_arrived",
    "keep_deferred",
    "keep_found",
    "keep_long",
    "look_at",
    "note_parked",
    "offer_practice",
    "prepare_kept",
    "prepare_text",
    "prepare_upload",
    "preview_gate",
    "publish",
    "published_keys",
    "receipt_number",
    "record_look",
    "record_look_at_writing",
    "release",
    "remove_steps",
    "request_adjustment",
    "rewrap",
    "save_draft",
    "save_practice",
    "say_what_next",
    "schedule_window",
    "seals_by_key",
    "set_late_policy",
    "set_scheme",
    "signed_receipt",
    "submit_script",
    "take_back",
    "take_back_adjustment",
    "take_back_late_entry",
    "take_practice_back",
    "text_of",
    "try_seals",
    "unlock",
    "waive_stages",
    "withdraw_case",
    "withdraw_request",
    "write_steps",
]
