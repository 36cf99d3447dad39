"""The WSGI entry point. A process begins with every page imported, and the garbage collector leaves that alone."""

import gc
import os

from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from goldenthread.common.lending import close_own, lent
from goldenthread.common.turnstile import Turnstile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goldenthread.config.settings")
application = Turnstile(get_wsgi_application(), lend=lent)
request_finished.connect(close_own)
get_resolver().url_patterns  # noqa: B018 -- imports the views now rather than in somebody's first request
# Walking a hundred thousand objects that stay for ever held up a request for 100 ms now and then.
gc.collect()
gc.freeze()
# What a request leaves behind goes by counting references; looking for circles many times in each costs a sixth
# of its time.
gc.set_threshold(20_000, 20, 20)
