//! The serving engine: loops, timers, limits and a `Handler` trait, without Python.
//!
//! The room between the protocol machines and the sockets. It holds no engine yet: today `socketserver` serves, in Python over
//! `ferrosock-socket`.
#![forbid(unsafe_code)]
