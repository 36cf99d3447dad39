"""A made-up qualification as TOML text, and ways to spoil it."""

MADE_UP = """
id = "npqmus-2030-scotland"
programme = "NPQMUS"
edition = "2030"
market = "Scotland"
label = "participant"
purpose = "For people who lead music."
effective_from = { value = 2030-08-01, source = "M1:1" }
total_hours = { value = 41.5, source = "M1:9" }
duration_months = { value = 10, source = "M1:4" }
summative_months = { value = 2, source = "M1:4" }
admission = "apply"
event_mode = "in_person"

[documents]
M1 = "A paper that doesn't exist"

[introduces]
name = "National Professional Qualification for Leading Music"
family = "arts"
content_areas = ["Listening", "Ensemble"]

[audience]
text = "People who lead music in a school."
role_status = ["in role", "aspiring"]
source = "M1:2"

[[stage]]
key = "development"
name = "Development"
source = "M1:3"

[[component]]
key = "events"
name = "Rehearsal days"
kind = "event"
stage = "development"
hours = { value = 21.5, source = "M1:5" }
event_days = { value = 4, source = "M1:5" }
lane = "facilitated"
timing = "synchronous"
place = "by_mode"

[[component]]
key = "study"
name = "Scores"
kind = "study"
stage = "development"
hours = { value = 20, source = "M1:6" }
lane = "self-directed"
timing = "asynchronous"
place = "self_study"

[[component]]
key = "case-study"
name = "Case study"
kind = "case_study"
stage = "development"
lane = "self-directed"
timing = "asynchronous"
place = "self_study"
source = "M1:7"

[[delivery_model]]
key = "blended"
name = "Blended"
text = "Days together and study alone."
events_become = "events"
source = "M1:8"

[assessment]
kind = "case_study"
name = "Case study"
max_words = { value = 1200, source = "M1:7" }
window_days = { value = 5, source = "M1:7" }
window_months = { value = [10, 12], source = "M1:7" }
statement_kinds = ["learn_that", "learn_how_to"]
pass_mark = "unknown"
total_marks = "unknown"
source = "M1:7"

[marking]
markers = 2
blind = true
tolerance_marks = 1
third_mark_decides = true

[moderation]
required = true

[[fee]]
pounds = "unknown"
currency = "GBP"
"""


def spoilt(old: str, new: str) -> str:
    """The made-up qualification with one thing changed; fails when there is nothing to change."""
    assert old in MADE_UP, old
    return MADE_UP.replace(old, new, 1)
