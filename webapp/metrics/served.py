"""The port at which a Prometheus server reads the metrics. Not the pages' port: what stands here is for the operator alone.

Processes share a folder, where each keeps its counts in files of its own (prometheus-client's multiprocess mode), and the port: whichever
of them is asked adds all files up. A process that ends leaves its files, for what it counted has happened; the folder is emptied when the
service is started, not in between.
"""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import prometheus_client
from prometheus_client import CollectorRegistry, values
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.multiprocess import MultiProcessCollector

from webapp import metrics

if TYPE_CHECKING:
    from pathlib import Path
    from wsgiref.simple_server import WSGIServer

    from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus-client itself looks for it


class _Shared(ThreadingWSGIServer):
    allow_reuse_port = True


class _SharedOverIPv6(_Shared):
    address_family = socket.AF_INET6


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Who reads the metrics every few seconds is no event."""


def start(host: str, port: int, folder: Path, looks: Collector) -> WSGIServer:
    """Count from now on, and answer at that port with what all processes of the folder have counted, and with what `looks` finds when it is
    asked. Raises `OSError` where the port or the folder cannot be had."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    registry.register(looks)
    kind = _SharedOverIPv6 if ":" in host else _Shared
    server = make_server(host, port, prometheus_client.make_wsgi_app(registry), kind, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    metrics.switch_on()
    return server
