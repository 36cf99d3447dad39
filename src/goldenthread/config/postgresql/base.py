"""The database wrapper: Django's own, but for emptying guarded tables."""

from django.db.backends.postgresql import base, operations

from goldenthread.config.flush import GuardStandsAside


class DatabaseOperations(GuardStandsAside, operations.DatabaseOperations):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
