"""What can be found: one row for each thing that has a place on a public page."""

from django.db import models


class SearchEntry(models.Model):
    """A thing under its key, the words that it is found by, and the content that it was taken from."""

    key = models.CharField(max_length=120, unique=True)  # "statement NPQLT-AT-LT4"
    kind = models.CharField(max_length=20)
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    context = models.CharField(max_length=200, blank=True)  # "NPQLT · Teaching"
    text = models.TextField(blank=True)
    url = models.CharField(max_length=300)
    title_words = models.TextField()
    all_words = models.TextField()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.key


class SearchState(models.Model):
    """The one row that says from which content the entries were made: see `common.content_mark`."""

    mark = models.CharField(max_length=100)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.mark} at {self.made_at}"
