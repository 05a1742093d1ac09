"""The command line of `http.server`, as each Python has it.

Source: https://docs.python.org/3/library/http.server.html#command-line-interface
"""

import argparse
import contextlib
import functools
import os
import sys

_SINCE_11 = sys.version_info >= (3, 11)
_SINCE_14 = sys.version_info >= (3, 14)
_SINCE_15 = sys.version_info >= (3, 15)


def main(server, args=None):
    """Serve a folder.

    Args:
        server: the module whose classes serve.
        args: the command line; None for that of the process.
    """
    parser = argparse.ArgumentParser(**({"color": True} if _SINCE_14 else {}))
    if not _SINCE_15:
        parser.add_argument("--cgi", action="store_true", help="run as CGI server")
    if _SINCE_11:
        parser.add_argument("-b", "--bind", metavar="ADDRESS", help="bind to this address (default: all interfaces)")
        parser.add_argument(
            "-d", "--directory", default=os.getcwd(), help="serve this directory (default: current directory)"
        )
        parser.add_argument(
            "-p",
            "--protocol",
            metavar="VERSION",
            default="HTTP/1.0",
            help="conform to this HTTP version (default: %(default)s)",
        )
        if _SINCE_15:
            parser.add_argument(
                "--content-type",
                default=server.SimpleHTTPRequestHandler.default_content_type,
                help="default content type for unknown extensions (default: %(default)s)",
            )
        if _SINCE_14:
            parser.add_argument("--tls-cert", metavar="PATH", help="path to the TLS certificate chain file")
            parser.add_argument("--tls-key", metavar="PATH", help="path to the TLS key file")
            parser.add_argument("--tls-password-file", metavar="PATH", help="path to the password file for the TLS key")
        parser.add_argument("port", default=8000, type=int, nargs="?", help="bind to this port (default: %(default)s)")
        if _SINCE_15:
            parser.add_argument(
                "-H",
                "--header",
                nargs=2,
                action="append",
                metavar=("HEADER", "VALUE"),
                help="Add a custom response header (can be specified multiple times)",
            )
    else:
        parser.add_argument(
            "--bind", "-b", metavar="ADDRESS", help="specify alternate bind address (default: all interfaces)"
        )
        parser.add_argument(
            "--directory", "-d", default=os.getcwd(), help="specify alternate directory (default: current directory)"
        )
        parser.add_argument(
            "port", action="store", default=8000, type=int, nargs="?", help="specify alternate port (default: 8000)"
        )
    options = parser.parse_args(args)
    tls = _tls_of(parser, options) if _SINCE_14 else {}

    class DualStackServer(server.ThreadingHTTPSServer if tls.get("tls_cert") else server.ThreadingHTTPServer):
        def server_bind(self):
            # For IPv4 too, where that is not so anyway.
            with contextlib.suppress(Exception):
                self.socket.setsockopt(server.socket.IPPROTO_IPV6, server.socket.IPV6_V6ONLY, 0)
            return super().server_bind()

        if _SINCE_15:

            def finish_request(self, request, client_address):
                given = {"directory": options.directory, "extra_response_headers": options.header}
                self.RequestHandlerClass(request, client_address, self, **given)

    if _SINCE_15:
        server.test(
            HandlerClass=server.SimpleHTTPRequestHandler,
            ServerClass=DualStackServer,
            port=options.port,
            bind=options.bind,
            protocol=options.protocol,
            content_type=options.content_type,
            **tls,
        )
        return
    handler = server.CGIHTTPRequestHandler if options.cgi else server.SimpleHTTPRequestHandler
    handler.protocol_version = getattr(options, "protocol", "HTTP/1.0")
    server.test(
        HandlerClass=functools.partial(handler, directory=options.directory),
        ServerClass=DualStackServer,
        port=options.port,
        bind=options.bind,
        protocol=getattr(options, "protocol", "HTTP/1.0"),
        **tls,
    )


def _tls_of(parser, options):
    """Return what the command line says of TLS as keywords of `test`."""
    if not options.tls_cert:
        for name in ("key", "password_file"):
            if getattr(options, f"tls_{name}"):
                parser.error(f"--tls-{name.replace('_', '-')} requires --tls-cert to be set")
    password = None
    if options.tls_password_file:
        try:
            with open(options.tls_password_file, encoding="utf-8") as file:
                password = file.read().strip()
        except OSError as error:
            parser.error(f"Failed to read TLS password file: {error}")
    return {"tls_cert": options.tls_cert, "tls_key": options.tls_key, "tls_password": password}
