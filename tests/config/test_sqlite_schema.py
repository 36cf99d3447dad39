"""On SQLite a migration that builds a table anew takes none of the guards away, its own or others."""

import pytest
from django.db import connection

from goldenthread.awards.models import Award
from goldenthread.catalogue.models import Programme
from goldenthread.common import append_only, content_mark, settled
from goldenthread.marking.discussion_models import Discussion
from goldenthread.marking.models import Marking, SetAside


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Marking, SetAside, Discussion, Award, Programme])
def test_a_table_that_is_built_anew_keeps_its_guards_and_those_that_name_it(model: type) -> None:
    if connection.vendor == "sqlite":  # PostgreSQL alters tables in place
        with connection.schema_editor() as editor:
            editor._remake_table(model)
    assert (
        settled.missing(connection)
        == append_only.missing(connection)
        == content_mark.missing(connection)
        == []
    )
