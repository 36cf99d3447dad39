"""Sessions in the database, so that signing out ends them everywhere; found with a query that is worded once."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from goldenthread.common import clock
from goldenthread.common.prepared import Prepared

_BY_KEY = Prepared(lambda key: Session.objects.filter(pk=key), key=str)


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        """The content of the session; an unknown or outdated one is empty and gets another key."""
        found = _BY_KEY.get(self.session_key)
        if found is None or found.expire_date <= clock.now():
            self._session_key = None
            return {}
        content: dict[str, Any] = self.decode(found.session_data)
        return content
