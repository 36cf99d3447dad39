"""The pages of visitors; `home` is the first page of the site."""

from goldenthread.web.public.views.front import home

__all__ = ["home"]
