"""The product's settings in test mode: data and database of the run's own, quick passwords, mail kept in memory."""

import atexit
import base64
import os
import secrets
import shutil
import tempfile
from pathlib import Path

_DATA = Path(tempfile.mkdtemp(prefix="goldenthread-tests-"))
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
os.environ["GOLDENTHREAD_MODE"] = "test"
os.environ["GOLDENTHREAD_DATA"] = str(_DATA)
# One key for the run and for the servers that its tests start.
os.environ["GOLDENTHREAD_CASE_KEYS"] = base64.b64encode(secrets.token_bytes(32)).decode()
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_DATA / 'tests.sqlite3'}")
# Playwright's synchronous interface runs inside an event loop, where Django would refuse to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

import axe_playwright_python  # noqa: E402

from goldenthread.config.settings import *  # noqa: E402, F403
from goldenthread.config.settings import CACHES, DATABASES, STATICFILES_DIRS, TEMPLATES  # noqa: E402
from tests.guards import Undefined  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A browser keeps the scripts that look at pages as it keeps the product's; see tests/browser.py.
STATICFILES_DIRS = [
    *STATICFILES_DIRS,
    ("axe", Path(axe_playwright_python.__file__).parent),
    ("tests", Path(__file__).with_name("static")),
]
# Most tests have no database at hand; those about sign-in take the product's, as SHARED_CACHES.
SHARED_CACHES = CACHES
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# A stream of a chat would keep a thread of the live server, and its look into the database, beyond the test.
CHAT_STREAMS = 0
# The live server has a thread for each of the browser's connections: their own to the database end with the request,
# or a hundred of them are open before the browser closes the first.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"] == "goldenthread.config.sqlite":
    # A file, not memory: several threads and connections behave as they do in use.
    DATABASES["default"]["TEST"] = {"NAME": str(_DATA / "test.sqlite3")}
    # Nobody needs it after a power failure; the test of durability and servers that tests start take the product's.
    DURABLE = DATABASES["default"]["OPTIONS"]
    DATABASES["default"]["OPTIONS"] = {
        **DURABLE,
        "init_command": DURABLE["init_command"].replace("synchronous=FULL", "synchronous=OFF"),
    }
for _engine in TEMPLATES:
    _engine["OPTIONS"]["string_if_invalid"] = Undefined("%s")  # type: ignore[index]
