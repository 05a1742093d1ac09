"""Serve WSGI and ASGI applications, and folders: what is behind the command `ferrosock serve`."""

from __future__ import annotations
