"""Django's PostgreSQL back end, which knows that some tables are append-only."""
