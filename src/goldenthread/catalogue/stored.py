"""Specifications that were loaded: built from their stored documents, once per content and process."""

from typing import Any

from goldenthread.catalogue.building import build
from goldenthread.catalogue.deciding import Decisions, decided_document
from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.resolving import digest
from goldenthread.catalogue.specification import Specification

MOST_KEPT = 256
_built: dict[str, Specification] = {}


def content_key(sha256: str, decisions: Decisions) -> str:
    """What tells one content from another: the document's hash, and with it what was decided over it."""
    return f"{sha256}+{digest(dict(decisions))}" if decisions else sha256


def specification_from_document(
    sha256: str, document: dict[str, Any], decisions: Decisions | None = None
) -> Specification:
    """The specification of a stored document with the office's decisions, built once per content and process.

    The hash must fit the document: a row whose document was altered behind our back is refused.
    """
    key = content_key(sha256, decisions or {})
    kept = _built.get(key)
    if kept is not None:
        return kept
    problems = Problems(str(document.get("id", "stored document")))
    if digest(document) != sha256:
        problems.add("", "does not fit its SHA-256: the stored document was altered")
        problems.refuse_if_any()
    specification = build(decided_document(document, decisions or {}), problems)
    if len(_built) >= MOST_KEPT:
        _built.clear()
    _built[key] = specification
    return specification
