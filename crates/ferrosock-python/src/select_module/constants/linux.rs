//! The integers of `select` on Linux. Made by tools/gen_constants.py from tools/constants.toml.

#![allow(clippy::unnecessary_cast, clippy::cast_lossless, deprecated, reason = "libc's types vary")]

use crate::constant::Constant;

#[rustfmt::skip]
pub(super) const TABLE: &[Constant] = &[
    Constant::new(c"EPOLLERR", libc::EPOLLERR as i64),
    Constant::new(c"EPOLLET", libc::EPOLLET as u32 as i64),
    Constant::new(c"EPOLLEXCLUSIVE", libc::EPOLLEXCLUSIVE as i64),
    Constant::new(c"EPOLLHUP", libc::EPOLLHUP as i64),
    Constant::new(c"EPOLLIN", libc::EPOLLIN as i64),
    Constant::new(c"EPOLLMSG", libc::EPOLLMSG as i64),
    Constant::new(c"EPOLLONESHOT", libc::EPOLLONESHOT as i64),
    Constant::new(c"EPOLLOUT", libc::EPOLLOUT as i64),
    Constant::new(c"EPOLLPRI", libc::EPOLLPRI as i64),
    Constant::new(c"EPOLLRDBAND", libc::EPOLLRDBAND as i64),
    Constant::new(c"EPOLLRDHUP", libc::EPOLLRDHUP as i64),
    Constant::new(c"EPOLLRDNORM", libc::EPOLLRDNORM as i64),
    Constant::new(c"EPOLLWAKEUP", libc::EPOLLWAKEUP as i64).since(14),
    Constant::new(c"EPOLLWRBAND", libc::EPOLLWRBAND as i64),
    Constant::new(c"EPOLLWRNORM", libc::EPOLLWRNORM as i64),
    Constant::new(c"EPOLL_CLOEXEC", libc::EPOLL_CLOEXEC as i64),
    Constant::new(c"PIPE_BUF", libc::PIPE_BUF as i64),
    Constant::new(c"POLLERR", libc::POLLERR as i64),
    Constant::new(c"POLLHUP", libc::POLLHUP as i64),
    Constant::new(c"POLLIN", libc::POLLIN as i64),
    Constant::new(c"POLLMSG", 1024),
    Constant::new(c"POLLNVAL", libc::POLLNVAL as i64),
    Constant::new(c"POLLOUT", libc::POLLOUT as i64),
    Constant::new(c"POLLPRI", libc::POLLPRI as i64),
    Constant::new(c"POLLRDBAND", libc::POLLRDBAND as i64),
    Constant::new(c"POLLRDHUP", libc::POLLRDHUP as i64),
    Constant::new(c"POLLRDNORM", libc::POLLRDNORM as i64),
    Constant::new(c"POLLWRBAND", libc::POLLWRBAND as i64),
    Constant::new(c"POLLWRNORM", libc::POLLWRNORM as i64),
];
