import csv

import pytest

from goldenthread.common import clock
from tests import world
from tests.web.test_access import TABLE, rows


@pytest.mark.django_db
def test_gen(settings):
    settings.CAST_SIGN_IN = False
    now = list(rows(world.build(clock.now())))
    with TABLE.open(newline="") as f:
        st = list(csv.reader(f))
    known = {r[0]: r for r in st[1:]}
    for r in now:
        if r[0] not in known:
            known[r[0]] = r
            print(",".join(r))
        elif known[r[0]] != r:
            print("CHANGED", known[r[0]], r)
    with TABLE.open("w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(st[0])
        w.writerows(sorted(known.values(), key=lambda r: r[0]))
