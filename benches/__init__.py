"""Benchmarks beside the standard library; `run.py` runs them."""
