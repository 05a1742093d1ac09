"""Ferrosock's modules of `urllib`: `from ferrosock.urllib import parse, request`.

The package `urllib` itself has nothing in it: the overlay leaves it to the standard library, and lays its submodules
over.
"""
