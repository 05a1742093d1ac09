"""The same operations through the standard library's modules and through ours: equal results or equal errors."""
