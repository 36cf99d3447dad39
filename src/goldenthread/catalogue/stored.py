"""Specifications that were loaded: built from their stored documents, once per content and process."""

from typing import Any

from goldenthread.catalogue.building import build
from goldenthread.catalogue.problems import Problems
from goldenthread.catalogue.resolving import digest
from goldenthread.catalogue.specification import Specification

MOST_KEPT = 256
_built: dict[str, Specification] = {}


def specification_from_document(sha256: str, document: dict[str, Any]) -> Specification:
    """The specification of a stored document, built once per content and process.

    The hash must fit the document: a row whose document was altered behind our back is refused.
    """
    kept = _built.get(sha256)
    if kept is not None:
        return kept
    problems = Problems(str(document.get("id", "stored document")))
    if digest(document) != sha256:
        problems.add("", "does not fit its SHA-256: the stored document was altered")
        problems.refuse_if_any()
    specification = build(document, problems)
    if len(_built) >= MOST_KEPT:
        _built.clear()
    _built[sha256] = specification
    return specification
