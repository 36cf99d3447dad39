"""Database triggers that let a row be worked on until something is settled about it; from then on it stands.

What may still happen to it is let through only beside the row that says who did it, when and why: marks that are set
aside have to stand, whole, in the table of those before they can go; a moderator's decision falls only right behind
the event of the trail that keeps it. Tables whose rows stand from the first are in `append_only`.

On PostgreSQL all columns are compared but those that are named; on SQLite the columns that the table has when the guard
is made. A migration that adds a column to a guarded table, or changes its rows, has to `install` the guards anew behind
it, and `remove` them before. `missing` tells where the guards aren't what they should be.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldenthread.common import triggers

ALWAYS, NEVER = "1 = 1", "1 = 0"
ENDINGS = ("settled_update", "settled_delete")
_EMPTIED = "settled_truncate"  # PostgreSQL's alone: SQLite has no TRUNCATE


@dataclass(frozen=True)
class Settled:
    """From when on a row stands, and what of it may still change or let it go; conditions are SQL of both databases
    over the row as it was (OLD) and as it would be (NEW).
    """

    since: str = ALWAYS  # of a row as it was: it is settled
    free: tuple[str, ...] = ()  # columns that may change all the same
    together: Mapping[tuple[str, ...], str] | None = None  # columns that change only where this holds besides
    unless: str = NEVER  # where this holds, all columns that aren't named above may change
    goes: str = NEVER  # where this holds, the row may be removed


def _last_event(kind: str, column: str) -> str:
    """The verb of the last event in the trail of what a column points at."""
    return (
        f"(SELECT e.verb FROM goldenthread_auditevent e WHERE e.subject = '{kind}:' || OLD.{column} "  # noqa: S608
        "ORDER BY e.sequence DESC LIMIT 1)"
    )


def _same(other: str, columns: Iterable[str]) -> str:
    """The row as it was, in these columns of another table's row."""
    return " AND ".join(f"{other}.{column} = OLD.{column}" for column in columns)


_ENTERED = ("notes", "passages", "comment", "feedback", "next_step", "by_kind", "evidence", "seconds")
KEPT_ASIDE = (
    "script_id", "marker_id", "position", "marks", "learn_that", "learn_how_to", "submitted_at", *_ENTERED,
)  # fmt: skip
_SET_ASIDE = (
    "EXISTS (SELECT 1 FROM goldenthread_setaside s "  # noqa: S608
    f"WHERE s.marking = OLD.id AND {_same('s', KEPT_ASIDE)})"
)
# Only while marks are being set aside: they stand in both tables then.
_IS_SET_ASIDE = (
    "EXISTS (SELECT 1 FROM goldenthread_setaside s JOIN goldenthread_marking m ON m.id = s.marking "
    "WHERE s.script_id = OLD.script_id)"
)
_TALK = (
    "SELECT 1 FROM goldenthread_discussion d WHERE d.script_id = OLD.script_id "
    "AND OLD.id IN (d.first_marking, d.second_marking) AND d.ending ="
)
_REVISED = (
    "(NEW.revised IS NULL AND NEW.revised_learn_that IS NULL AND NEW.revised_learn_how_to IS NULL "  # noqa: S608
    f"AND EXISTS ({_TALK} 'fell') AND NOT EXISTS ({_TALK} 'agreed')) "
    "OR EXISTS (SELECT 1 FROM goldenthread_discussion d "
    "JOIN goldenthread_discussionanswer a ON a.discussion_id = d.id "
    "WHERE d.script_id = OLD.script_id AND d.ending = 'agreed' AND a.marking = OLD.id AND a.marks = NEW.revised "
    "AND a.learn_that = NEW.revised_learn_that AND a.learn_how_to = NEW.revised_learn_how_to)"
)
_ROUND_IS_OPEN = (
    "EXISTS (SELECT 1 FROM goldenthread_round r WHERE r.id = OLD.round_id AND r.signed_off_at IS NULL)"
)
_DECISION = (
    "decision",
    "half_marks_learn_that",
    "half_marks_learn_how_to",
    "note",
    "decided_by_id",
    "decided_at",
)

_SECOND = ("decided_by_id", "decided_at", "decision_reason")  # what a second person says of a proposal

_UPHELD = (  # an award stands again once an appeal against this very revocation is upheld
    "EXISTS (SELECT 1 FROM goldenthread_revocationappeal r "
    "WHERE r.award_id = OLD.id AND r.state = 'upheld' AND r.revoked_at = OLD.revoked_at)"
)

GUARDS: dict[str, Settled] = {
    "goldenthread_marking": Settled(
        since="OLD.state = 'submitted'",
        free=("due_on", "touched_at", "revision"),
        together={("revised", "revised_learn_that", "revised_learn_how_to"): _REVISED},
        goes=_SET_ASIDE,
    ),
    "goldenthread_agreement": Settled(since="OLD.state = 'agreed'", goes=_IS_SET_ASIDE),
    "goldenthread_seed": Settled(since="OLD.marked_at IS NOT NULL"),
    "goldenthread_sampled": Settled(
        together={
            ("marks", "passages", "marked_by_id"): (
                f"{_ROUND_IS_OPEN} AND (OLD.marked_by_id IS NULL OR {_last_event('script', 'script_id')} "
                "IN ('moderation.taken_over', 'moderation.conflict_declared'))"
            ),
            _DECISION: (
                f"{_ROUND_IS_OPEN} AND (OLD.decision = '' OR (NEW.decision = '' "
                f"AND {_last_event('script', 'script_id')} = 'moderation.reopened'))"
            ),
        },
    ),
    "goldenthread_round": Settled(
        since="OLD.signed_off_at IS NOT NULL",
        together={
            ("national_at", "national_first_at", "national_later"): "OLD.national_at IS NULL OR "
            f"{_last_event('window', 'window_id')} = 'moderation.overtaken'"
        },
        unless=f"{_last_event('window', 'window_id')} = 'moderation.overtaken'",
    ),
    "goldenthread_batch": Settled(
        together={
            ("scripts", *_SECOND): "OLD.state = 'proposed'",
            ("state", "seed", "drawn_at"): "OLD.state = 'proposed' OR (OLD.state = 'done' AND NEW.state = 'drawn')",
        }
    ),
    "goldenthread_shift": Settled(together={("state", "looked_at", *_SECOND): "OLD.state = 'proposed'"}),
    "goldenthread_shiftedmark": Settled(
        together={
            ("fell_at",): "OLD.fell_at IS NULL AND "
            f"{_last_event('script', 'script_id')} = 'moderation.shift_fell'"
        }
    ),
    "goldenthread_nationalanswer": Settled(
        together={("state", *_SECOND): "OLD.state = 'read'"}
    ),
    "goldenthread_outcome": Settled(goes="OLD.released_at IS NULL"),
    "goldenthread_award": Settled(
        free=("certificate_after",),
        together={
            ("certificate_id",): "OLD.certificate_id IS NULL",
            ("revoked_at", "revoked_reason"): f"OLD.revoked_at IS NULL OR (NEW.revoked_at IS NULL AND {_UPHELD})",
        },
    ),
    "goldenthread_change": Settled(
        together={("state", *_SECOND): "OLD.state = 'proposed'"}
    ),
    "goldenthread_appeal": Settled(
        together={
            ("state", "withdrawn_at"): "OLD.state IN ('lodged', 'admitted')",
            ("checked_by_id", "checked_at", "check_reason"): "OLD.checked_at IS NULL",
            ("remark_position",): "OLD.remark_position IS NULL",
            (
                "verdict", "remedy", "decision_reason", "decided_by_id", "decided_at", "new_outcome_id",
            ): "OLD.decided_at IS NULL",
            ("remedy_done", "remedy_done_by_id", "remedy_done_at"): "OLD.remedy_done_at IS NULL",
        }
    ),
    "goldenthread_revocationappeal": Settled(
        together={
            (
                "state", "withdrawn_at", "decided_by_id", "decided_at", "decision_reason",
            ): "OLD.state = 'lodged'",
        }
    ),
}  # fmt: skip
TABLES = tuple(GUARDS)

_POSTGRES_BODY = """
BEGIN
    IF TG_OP = 'TRUNCATE' THEN RAISE EXCEPTION '{fault}'; END IF;
    IF TG_OP = 'DELETE' THEN
        IF ({since}) AND ({goes}) IS NOT TRUE THEN RAISE EXCEPTION '{fault}'; END IF;
        RETURN OLD;
    END IF;
    IF {changed} THEN RAISE EXCEPTION '{fault}'; END IF;
    RETURN NEW;
END
"""


def _fault(table: str) -> str:
    return f"settled: this row of {table} stands; what changes it is a row of its own that says who, when and why"


def statements(database: Any, tables: Iterable[str] = TABLES) -> list[str]:
    """The SQL that guards `tables`, in place of guards that are there."""
    return [
        one
        for table in tables
        for one in (*removals(database.vendor, (table,)), *_definitions(database, table).values())
    ]


def removals(vendor: str, tables: Iterable[str] = TABLES) -> list[str]:
    """The SQL that lifts the guards."""
    if vendor == "postgresql":
        return [
            f"DROP TRIGGER IF EXISTS {table}_{ending} ON {table}"
            for table in tables
            for ending in (*ENDINGS, _EMPTIED)
        ]
    return [f"DROP TRIGGER IF EXISTS {table}_{ending}" for table in tables for ending in ENDINGS]


def missing(database: Any) -> list[str]:
    """The tables whose guards aren't there, are turned off, or aren't what they should be; empty when all is well."""
    postgres = database.vendor == "postgresql"
    gone = set(triggers.missing(database, TABLES, (*ENDINGS, _EMPTIED) if postgres else ENDINGS))
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'goldenthread_%_settled'"
            if postgres
            else "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        )
        there = dict(cursor.fetchall())
    for table in TABLES:
        wanted = {f"{table}_settled": _postgres_body(table)} if postgres else _definitions(database, table)
        if any(there.get(name) != text for name, text in wanted.items()):
            gone.add(table)
    return [table for table in TABLES if table in gone]


def restore(database: Any) -> list[str]:
    """Put back the guards that are missing; returns the tables that had none, or another one."""
    tables = missing(database)
    triggers.run(database, statements(database, tables))
    return tables


def install(schema_editor: Any, tables: Sequence[str] = TABLES) -> None:
    """Guard `tables`; for a migration."""
    triggers.migrate(schema_editor, statements(schema_editor.connection, tables))


def remove(schema_editor: Any, tables: Sequence[str] = TABLES) -> None:
    """Lift the guards; for a migration's way back, and before one that changes such rows."""
    triggers.migrate(schema_editor, removals(schema_editor.connection.vendor, tables))


# --- the triggers --------------------------------------------------------------------------------------
def _definitions(database: Any, table: str) -> dict[str, str]:
    """The SQL of what guards a table, by name."""
    if database.vendor == "postgresql":
        head = f"CREATE OR REPLACE FUNCTION {table}_settled() RETURNS trigger LANGUAGE plpgsql AS $$"
        made = (
            (ENDINGS[0], "UPDATE", "ROW"), (ENDINGS[1], "DELETE", "ROW"), (_EMPTIED, "TRUNCATE", "STATEMENT"),
        )  # fmt: skip
        return {f"{table}_settled": f"{head}{_postgres_body(table)}$$"} | {
            f"{table}_{ending}": f"CREATE TRIGGER {table}_{ending} BEFORE {verb} ON {table} FOR EACH {each} "
            f"EXECUTE FUNCTION {table}_settled()"
            for ending, verb, each in made
        }
    guard, abort = GUARDS[table], f"BEGIN SELECT RAISE(ABORT, '{_fault(table)}'); END"
    named = {"id", *guard.free, *(name for group in guard.together or () for name in group)}
    rest = ["id", *(name for name in _columns(database, table) if name not in named)]
    changed = _changed(guard, " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in rest), "IS NOT")
    return {
        f"{table}_{ENDINGS[0]}": f"CREATE TRIGGER {table}_{ENDINGS[0]} BEFORE UPDATE ON {table} WHEN {changed} {abort}",
        f"{table}_{ENDINGS[1]}": f"CREATE TRIGGER {table}_{ENDINGS[1]} BEFORE DELETE ON {table} "
        f"WHEN ({guard.since}) AND ({guard.goes}) IS NOT TRUE {abort}",
    }


def _columns(database: Any, table: str) -> list[str]:
    with database.cursor() as cursor:
        cursor.execute("SELECT name FROM pragma_table_info(%s) ORDER BY name", [table])
        return [row[0] for row in cursor.fetchall()]


def _postgres_body(table: str) -> str:
    guard = GUARDS[table]
    named = [*guard.free, *(name for group in guard.together or () for name in group)]
    without = f" - ARRAY[{', '.join(f'{name!r}' for name in named)}]" if named else ""
    rest = f"to_jsonb(OLD){without} IS DISTINCT FROM to_jsonb(NEW){without}"
    changed = _changed(guard, rest, "IS DISTINCT FROM")
    return _POSTGRES_BODY.format(fault=_fault(table), since=guard.since, goes=guard.goes, changed=changed)


def _changed(guard: Settled, rest: str, differs: str) -> str:
    """The condition under which an update is refused."""
    faults = [f"(({rest}) AND ({guard.unless}) IS NOT TRUE)"]
    for group, condition in (guard.together or {}).items():
        other = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in group)
        faults.append(f"(({other}) AND ({condition}) IS NOT TRUE)")
    return f"({guard.since}) AND ({' OR '.join(faults)})"
