"""Ferrosock's modules of `http`: `from ferrosock.http import cookies, cookiejar`.

The package `http` itself is the standard library's: the overlay lays only its submodules over.
"""
