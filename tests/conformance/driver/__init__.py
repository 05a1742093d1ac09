"""The side of the conformance runner that plans jobs, starts workers and judges what they report."""
