"""Projects: their key, the encrypted table of pseudonyms, the log, and the way back to a person (decision 15)."""

from __future__ import annotations

from groundglass.deidentify.project.folder import Project, change_passphrase, default_folder, require_apart
from groundglass.deidentify.project.identity import Answer, Checked, Identity, check, reidentify
from groundglass.deidentify.project.log import Log, read_log

__all__ = [
    "Answer",
    "Checked",
    "Identity",
    "Log",
    "Project",
    "change_passphrase",
    "check",
    "default_folder",
    "read_log",
    "reidentify",
    "require_apart",
]
