"""The full-text index over the entries, in the database's own kind: FTS5 on SQLite, GIN over tsvectors on PostgreSQL.

Both index the words that `rules.index_words` made, and both answer whether an entry has all words of a query, or any.
The order of what was found is ours (`rules.standing`), as theirs differ.
"""

from collections.abc import Sequence
from typing import Any

from goldenthread.search.rules import SHORTEST_PREFIX

TABLE = "goldenthread_searchentry"

_FORGET = (
    "INSERT INTO goldenthread_searchindex(goldenthread_searchindex, rowid, title_words, all_words) "
    "VALUES ('delete', old.id, old.title_words, old.all_words);"
)
_LEARN = (
    "INSERT INTO goldenthread_searchindex(rowid, title_words, all_words) "
    "VALUES (new.id, new.title_words, new.all_words);"
)
_TRIGGERS = {
    "added": ("INSERT", _LEARN),
    "removed": ("DELETE", _FORGET),
    "altered": ("UPDATE", f"{_FORGET} {_LEARN}"),
}
_TABLE = (
    "CREATE VIRTUAL TABLE goldenthread_searchindex USING fts5(title_words, all_words, "
    "content='goldenthread_searchentry', content_rowid='id', tokenize='ascii', prefix='2 3')"
)
_SQLITE = (
    _TABLE,
    *(
        f"CREATE TRIGGER {TABLE}_{name} AFTER {verb} ON {TABLE} BEGIN {does} END"
        for name, (verb, does) in _TRIGGERS.items()
    ),
)
_POSTGRES = tuple(
    f"CREATE INDEX {TABLE}_{column} ON {TABLE} USING gin (array_to_tsvector(string_to_array({column}, ' ')))"
    for column in ("title_words", "all_words")
)


def statements(vendor: str) -> tuple[str, ...]:
    """The SQL that makes the index on a database of kind `vendor`."""
    return _POSTGRES if vendor == "postgresql" else _SQLITE


def removals(vendor: str) -> tuple[str, ...]:
    """The SQL that takes it away."""
    if vendor == "postgresql":
        return tuple(f"DROP INDEX IF EXISTS {TABLE}_{column}" for column in ("title_words", "all_words"))
    triggers = (f"DROP TRIGGER IF EXISTS {TABLE}_{name}" for name in _TRIGGERS)
    return (*triggers, "DROP TABLE IF EXISTS goldenthread_searchindex")


Group = Sequence[str]  # words of which one is enough


def condition(
    vendor: str, column: str, groups: Sequence[Group], *, every: bool = True
) -> tuple[str, list[Any]]:
    """The SQL condition that `column` holds a word of every (or any) group, or one that begins with it, and its
    parameters.

    `column` is title_words or all_words; the words come from `rules.query_words`, so they are a to z and digits only.
    """
    if vendor == "postgresql":
        asked = (" & " if every else " | ").join(
            "(" + " | ".join(f"{word}:*" if len(word) >= SHORTEST_PREFIX else word for word in group) + ")"
            for group in groups
        )
        return f"array_to_tsvector(string_to_array({column}, ' ')) @@ %s::tsquery", [asked]
    asked = (" AND " if every else " OR ").join(
        "("
        + " OR ".join(f'"{word}"*' if len(word) >= SHORTEST_PREFIX else f'"{word}"' for word in group)
        + ")"
        for group in groups
    )
    return (
        "id IN (SELECT rowid FROM goldenthread_searchindex WHERE goldenthread_searchindex MATCH %s)",
        [f"{column} : ({asked})"],
    )


def install(schema_editor: Any) -> None:
    """Make the index; for a migration."""
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def remove(schema_editor: Any) -> None:
    """Take it away; for a migration's way back."""
    for statement in removals(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)
