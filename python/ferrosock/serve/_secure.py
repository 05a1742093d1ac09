"""TLS around what a worker does: the terminator takes the listeners, and the worker serves what comes out of it."""

from __future__ import annotations

import dataclasses
import select
import socket
import threading

from ferrosock.serve._control import Control
from ferrosock.serve._log import Log
from ferrosock.serve._options import OptionError, Options
from ferrosock.serve._process import Serve


def check(options: Options) -> None:
    """See that the certificate, if there is any, can be used.

    Raises:
        OptionError: it cannot; the message is one sentence.
    """
    if options.certfile is None:
        return
    from ferrosock.serve import _tls

    try:
        _tls.Certificate(options.certfile, options.keyfile, client_ca=options.client_ca).context()
    except (OSError, ValueError) as error:
        for name in filter(None, (options.certfile, options.keyfile, options.client_ca)):
            try:
                open(name, "rb").close()
            except FileNotFoundError:
                raise OptionError(f"--certfile: {name} is not there") from None
            except OSError as refused:  # a key is its owner's, or the superuser's
                raise OptionError(f"--certfile: cannot read {name}: {refused.strerror}") from None
        raise OptionError(f"--certfile: {error}") from None


def secured(serve: Serve) -> Serve:
    """Return what a worker does, behind TLS if the options name a certificate."""

    def serve_secured(listeners: list[socket.socket], options: Options, control: Control) -> None:
        if options.certfile is None:
            serve(listeners, options, control)
        else:
            _serve_behind_tls(serve, listeners, options, control)

    return serve_secured


def _serve_behind_tls(serve: Serve, listeners: list[socket.socket], options: Options, control: Control) -> None:
    from ferrosock.serve import _tls

    certificate = _tls.Certificate(options.certfile or "", options.keyfile, client_ca=options.client_ca)
    backend = _tls.Backend(options.backlog)
    try:
        terminator = _tls.Terminator(
            listeners,
            certificate,
            backend.path,
            handshake_timeout=options.timeout_head,
            connections=options.limit_connections,
            proxied=options.proxy_protocol,
            report=Log(options.log_level).warning,
        )
        ended = threading.Event()

        def follow() -> None:
            # At the end no more handshakes, while the worker ends the connections that are there.
            poll = select.poll()
            poll.register(control.stop_fd, select.POLLIN)
            while not ended.is_set() and not poll.poll(1000):
                pass
            terminator.stop(0.0 if ended.is_set() else options.timeout_graceful)

        follower = threading.Thread(target=follow, name="ferrosock-tls-end", daemon=True)
        terminator.start()
        follower.start()
        try:
            # Who connects to the backend is the terminator, whose PROXY header tells of the client.
            plain = dataclasses.replace(options, certfile=None, keyfile=None, client_ca=None, proxy_protocol=True)
            serve([backend.listener], plain, control)
        finally:
            ended.set()
            terminator.stop(options.timeout_linger)
            follower.join()
    finally:
        backend.close()
