"""Orthanc on the loopback: an archive of others, which takes our objects and gives them back."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from programs import ask, free_ports, need, program, start, stop, wait_for
from pydicom.filereader import read_file_meta_info
from pydicom.uid import ExplicitVRLittleEndian, JPEGLosslessSV1, JPEGLSLossless, RLELossless

_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


@dataclass(frozen=True, slots=True)
class Orthanc:
    """One running archive."""

    http_port: int
    dicom_port: int
    log: Path

    @property
    def url(self) -> str:
        """Address of its REST interface."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def dicomweb(self) -> str:
        """Address of its DICOMweb interface."""
        return f"{self.url}/dicom-web"

    def get(self, path: str) -> bytes:
        """Return the body of an answer."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def json(self, path: str) -> Any:
        """Return an answer in JSON."""
        return json.loads(self.get(path))

    def post(self, path: str, body: bytes) -> Any:
        """Send a body and return the answer."""
        request = urllib.request.Request(self.url + path, data=body, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def store(self, files: Iterable[Path]) -> dict[Path, str]:
        """Store files by REST; return Orthanc's id of each."""
        stored = {}
        for file in files:
            answer = self.post("/instances", file.read_bytes())
            if answer["Status"] not in ("Success", "AlreadyStored"):
                raise RuntimeError(f"{file.name}: {answer}")
            stored[file] = str(answer["ID"])
        return stored

    def forget(self) -> None:
        """Remove everything."""
        for patient in self.json("/patients"):
            request = urllib.request.Request(f"{self.url}/patients/{patient}", method="DELETE")
            urllib.request.urlopen(request, timeout=60).close()

    def file(self, instance: str) -> bytes:
        """Return the file of an instance as it is kept."""
        return self.get(f"/instances/{instance}/file")

    def send(self, files: Iterable[Path]) -> list[str]:
        """Send files by C-STORE with DCMTK's storescu; return what it complained of."""
        by_syntax: dict[str, list[Path]] = {}
        for file in files:
            by_syntax.setdefault(str(read_file_meta_info(file).TransferSyntaxUID), []).append(file)
        said = [
            ask("storescu", "--required", _PROPOSE[syntax], "127.0.0.1", str(self.dicom_port), *group)
            for syntax, group in by_syntax.items()
        ]
        return [line for one in said for line in one.lines if line.startswith(("E:", "F:", "W:")) or one.status]


_PROPOSE = {
    str(ExplicitVRLittleEndian): "-xe",
    str(JPEGLosslessSV1): "-xs",
    str(JPEGLSLossless): "-xt",
    str(RLELossless): "-xr",
}
"""Option of storescu that proposes a transfer syntax; without one it would have to recode."""


@contextmanager
def running(folder: Path) -> Iterator[Orthanc]:
    """Run Orthanc with its storage in ``folder`` (which exists) until the block is left."""
    http_port, dicom_port = free_ports(2)
    storage = folder / "storage"
    storage.mkdir()
    settings = {
        "Name": "TESTS",
        "StorageDirectory": str(storage),
        "IndexDirectory": str(storage),
        "HttpPort": http_port,
        "DicomPort": dicom_port,
        "DicomAet": "ORTHANC",
        "HttpBindAddresses": ["127.0.0.1"],
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": True,
        "UnknownSopClassAccepted": True,
        "OverwriteInstances": False,
        "StableAge": 1,
        "DefaultEncoding": "Utf8",
        "HttpCompressionEnabled": False,
        "Plugins": [str(need(_PLUGIN, "orthanc-dicomweb"))],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "StudiesMetadata": "Full", "SeriesMetadata": "Full"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
    log = folder / "orthanc.log"
    process = start([program("Orthanc"), "--verbose", str(folder / "orthanc.json")], log)
    archive = Orthanc(http_port, dicom_port, log)
    try:
        wait_for(lambda: _answers(archive), process, log)
        yield archive
    finally:
        stop(process)


def _answers(archive: Orthanc) -> bool:
    try:
        return bool(archive.json("/system")["Version"])
    except (urllib.error.URLError, ConnectionError):
        return False
