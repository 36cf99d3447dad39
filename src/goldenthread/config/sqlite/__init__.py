"""Django's SQLite back end with a fair queue of writers.

SQLite lets one connection write at a time and has the others sleep and try again, for longer and longer: under load a
waiting writer can be overtaken until its time-out. Here a writer first takes its place in a queue. Within a process a
lock hands the turn on in the order of asking; between processes a lock on the file beside the database does. Readers
never queue.
"""
