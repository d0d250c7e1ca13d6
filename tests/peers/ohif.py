"""OHIF, the open viewer, served from its npm package on the loopback in front of an archive."""

from __future__ import annotations

import http.client
import http.server
import json
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

_CONFIG = {
    "routerBasename": None,
    "extensions": [],
    "modes": [],
    "customizationService": {},
    "showStudyList": True,
    "maxNumberOfWebWorkers": 1,
    "showWarningMessageForCrossOrigin": False,
    "showCPUFallbackMessage": False,
    "showLoadingIndicator": True,
    "strictZSpacingForVolumeViewport": True,
    "disableConfirmationPrompts": True,
    "investigationalUseDialog": {"option": "never"},
    "maxNumRequests": {"interaction": 20, "thumbnail": 5, "prefetch": 5},
    "defaultDataSourceName": "archive",
    "dataSources": [
        {
            "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
            "sourceName": "archive",
            "configuration": {
                "friendlyName": "archive",
                "name": "archive",
                "wadoUriRoot": "/wado",
                "qidoRoot": "/dicom-web",
                "wadoRoot": "/dicom-web",
                "qidoSupportsIncludeField": False,
                "supportsReject": False,
                "imageRendering": "wadors",
                "thumbnailRendering": "wadors",
                "enableStudyLazyLoad": True,
                "supportsFuzzyMatching": False,
                "supportsWildcard": True,
                "omitQuotationForMultipartRequest": True,
                "bulkDataURI": {"enabled": True},
            },
        }
    ],
}


class _Handler(http.server.BaseHTTPRequestHandler):
    """Files of the viewer, and everything below the archive's roots passed on, so that both share an origin."""

    protocol_version = "HTTP/1.1"
    root: Path
    archive_port: int

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith(("/dicom-web", "/wado")):
            self._pass_on()
        elif path == "/app-config.js":
            self._answer(f"window.config = {json.dumps(_CONFIG)};".encode(), "text/javascript")
        else:
            file = (self.root / path.lstrip("/")).resolve()
            if not file.is_file() or not file.is_relative_to(self.root):
                file = self.root / "index.html"  # a page of the viewer's own router
            kind = "application/wasm" if file.suffix == ".wasm" else mimetypes.guess_type(file.name)[0]
            self._answer(file.read_bytes(), kind or "application/octet-stream")

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests have their own words."""

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        self.wfile.write(body)

    def _pass_on(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        asked = {
            name: value for name, value in self.headers.items() if name.lower() in ("accept", "content-type", "host")
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.archive_port, timeout=60)
        try:
            connection.request(self.command, self.path, body=body, headers=asked)
            answer = connection.getresponse()
            self._answer(answer.read(), answer.getheader("Content-Type", "application/octet-stream"), answer.status)
        finally:
            connection.close()


@contextmanager
def served(dist: Path, archive_port: int) -> Iterator[str]:
    """Serve the viewer in front of the archive until the block is left; give its address."""
    handler = type("Handler", (_Handler,), {"root": dist.resolve(), "archive_port": archive_port})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
