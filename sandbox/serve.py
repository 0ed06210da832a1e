"""Serve one of the sandbox's applications on a thread of this process."""

from __future__ import annotations

import errno
import logging
import threading
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

logging.getLogger("werkzeug").setLevel(logging.ERROR)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"  # one request a connection, so that a stopped server answers nobody on a kept one


class Served:
    """A WSGI application on 127.0.0.1. `port` 0 takes a free one, which is then kept, so that a stop and a start give the
    same address. Stopped, its socket is closed: callers get "connection refused", as from a machine that is down."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        self._app = app
        self._server: BaseWSGIServer | None = None
        self.port = port

    @property
    def url(self) -> str:
        """Where other servers reach it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        return self._server is not None

    def start(self) -> Served:
        """Listen and serve. Raises OSError when the port is taken."""
        if self._server is None:
            try:
                server = make_server("127.0.0.1", self.port, self._app, threaded=True, request_handler=_Handler)
            except SystemExit as stop:  # werkzeug's way of saying that the port is taken
                raise OSError(errno.EADDRINUSE, f"port {self.port} is taken") from stop
            self.port = server.server_port
            self._server = server
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening. Requests under way end by themselves."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
