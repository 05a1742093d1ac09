"""Python's network-programming library, rebuilt in Rust."""
