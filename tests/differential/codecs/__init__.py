"""Codecs against the standard library's: the same calls on both modules."""
