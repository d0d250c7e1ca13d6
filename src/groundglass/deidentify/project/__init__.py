"""Projects: their key, the encrypted table of pseudonyms, the log, and the way back to a person (decision 15)."""

from __future__ import annotations

from groundglass.deidentify.project.folder import Project, change_passphrase, default_folder, require_apart

__all__ = ["Project", "change_passphrase", "default_folder", "require_apart"]
