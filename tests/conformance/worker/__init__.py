"""The side of the conformance runner that lives in the tested interpreter.

Nothing here may import what Ferrosock replaces (directly or through another module) before the overlay is on,
and nothing here may depend on packages outside the standard library.
"""
