"""`goldenthread django ...`: Django's own commands with our settings."""

from django.core.management import execute_from_command_line


def run(arguments: list[str]) -> int:
    execute_from_command_line(["goldenthread django", *arguments])
    return 0
