"""The folders of an installation's own specifications, from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path


def installation_folders(variables: Mapping[str, str] | None = None) -> list[Path]:
    """The folders that GOLDENTHREAD_CATALOGUE names, which always belong to this installation."""
    names = (os.environ if variables is None else variables).get("GOLDENTHREAD_CATALOGUE", "")
    return [Path(name) for name in names.split(os.pathsep) if name.strip()]
