"""The product's settings, with the addresses of handing in led to the view of the layers."""

from goldenthread.config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.layers_site.urls"
