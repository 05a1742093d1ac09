//! Readiness: which of many descriptors may be read or written without blocking.
