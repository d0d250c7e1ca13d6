"""What a data set says of itself: README, licence, citation, card, Croissant, changelog, checksums."""

from __future__ import annotations

from groundglass.datasets.documents.card_fields import CARD_FIELDS, check_card
from groundglass.datasets.documents.changes import Changes, changes_between, version_notices
from groundglass.datasets.documents.checksums import check_checksums, write_checksums
from groundglass.datasets.documents.licences import LICENCES, licence_of
from groundglass.datasets.documents.manifest import Manifest, read_manifest
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.writing import write_documents

__all__ = [
    "CARD_FIELDS",
    "LICENCES",
    "Changes",
    "Manifest",
    "Release",
    "changes_between",
    "check_card",
    "check_checksums",
    "licence_of",
    "read_manifest",
    "version_notices",
    "write_checksums",
    "write_documents",
]
