//! The access log: a line for each request, written by a thread of its own.
//!
//! A loop formats lines into a batch and hands that over once a round, without waiting: where the writer does not keep up, whole
//! batches are lost and [counted](crate::Stats::log_lost), for a log must neither hold clients up nor fill the memory.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use ferrosock_proto::http1::{RequestHead, Version};
use ferrosock_socket::address::Address;

use crate::counters::{Counters, add};

/// How a line of the access log looks.
///
/// ```
/// use ferrosock_server::{LogFormat, Server};
///
/// let builder = Server::builder().access_log(LogFormat::Combined, std::io::stdout());
/// # let _ = builder;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// The common log format: the client, the time (UTC), the first line, the status, the bytes of content.
    Common,
    /// The same, with `Referer` and `User-Agent`.
    Combined,
    /// Combined, and behind it the seconds from the head to the answer's end, to the millisecond.
    Timed,
    /// An object of JSON: `time`, `peer`, `method`, `target`, `version`, `status`, `bytes`, `milliseconds`, `referer`, `agent`.
    Json,
}

/// A batch is handed over at the end of a round, or when it is so long.
const BATCH: usize = 64 * 1024;

/// So many batches wait for the writer.
const QUEUE: usize = 64;

/// What will be logged of a request.
#[derive(Debug)]
pub(crate) struct Entry {
    method: String,
    target: Vec<u8>,
    version: Version,
    referer: Option<Vec<u8>>,
    agent: Option<Vec<u8>>,
    /// Who asked, if a trusted proxy says so.
    pub(crate) client: Option<Address>,
    pub(crate) begun: u64,
    /// 0 if there was no answer.
    pub(crate) status: u16,
    pub(crate) bytes: u64,
}

impl Entry {
    pub(crate) fn new(head: &RequestHead, now: u64) -> Box<Self> {
        let field = |name: &[u8]| head.fields.get(name).map(<[u8]>::to_vec);
        Box::new(Self {
            method: head.method.clone(),
            target: head.target.clone(),
            version: head.version,
            referer: field(b"referer"),
            agent: field(b"user-agent"),
            client: None,
            begun: now,
            status: 0,
            bytes: 0,
        })
    }

    /// Of a request that could not be read.
    pub(crate) fn unread(now: u64) -> Box<Self> {
        let (method, target, version) = (String::new(), Vec::new(), Version::Http11);
        Box::new(Self {
            method,
            target,
            version,
            referer: None,
            agent: None,
            client: None,
            begun: now,
            status: 0,
            bytes: 0,
        })
    }

    /// Appends a line. `date` is as in the field `Date`.
    fn write(&self, format: LogFormat, peer: &Address, date: &[u8], now: u64, out: &mut Vec<u8>) {
        // A vector takes everything.
        let _ = match format {
            LogFormat::Json => self.write_json(peer, date, now, out),
            _ => self.write_common(format, peer, date, now, out),
        };
        out.push(b'\n');
    }

    fn write_common(
        &self,
        format: LogFormat,
        peer: &Address,
        date: &[u8],
        now: u64,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        put_host(peer, out)?;
        let (day, month, year, time) = parts(date);
        write!(out, " - - [{day}/{month}/{year}:{time} +0000] \"")?;
        if self.method.is_empty() {
            out.push(b'-');
        } else {
            put_quoted(self.method.as_bytes(), out)?;
            out.push(b' ');
            put_quoted(&self.target, out)?;
            write!(out, " {}", self.version.as_str())?;
        }
        out.extend_from_slice(b"\" ");
        match self.status {
            0 => out.push(b'-'),
            status => write!(out, "{status}")?,
        }
        match self.bytes {
            0 => out.extend_from_slice(b" -"),
            bytes => write!(out, " {bytes}")?,
        }
        if matches!(format, LogFormat::Combined | LogFormat::Timed) {
            for value in [&self.referer, &self.agent] {
                out.extend_from_slice(b" \"");
                put_quoted(value.as_deref().unwrap_or(b"-"), out)?;
                out.push(b'"');
            }
        }
        if format == LogFormat::Timed {
            let took = now.saturating_sub(self.begun);
            write!(out, " {}.{:03}", took / 1000, took % 1000)?;
        }
        Ok(())
    }

    fn write_json(&self, peer: &Address, date: &[u8], now: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let (day, month, year, time) = parts(date);
        let month = MONTHS.iter().position(|name| *name == month).unwrap_or_default() + 1;
        write!(out, "{{\"time\":\"{year}-{month:02}-{day}T{time}Z\",\"peer\":")?;
        put_json(peer.to_string().as_bytes(), out)?;
        if !self.method.is_empty() {
            out.extend_from_slice(b",\"method\":");
            put_json(self.method.as_bytes(), out)?;
            out.extend_from_slice(b",\"target\":");
            put_json(&self.target, out)?;
            write!(out, ",\"version\":\"{}\"", self.version.as_str())?;
        }
        let took = now.saturating_sub(self.begun);
        write!(out, ",\"status\":{},\"bytes\":{},\"milliseconds\":{took}", self.status, self.bytes)?;
        for (name, value) in [("referer", &self.referer), ("agent", &self.agent)] {
            if let Some(value) = value {
                write!(out, ",\"{name}\":")?;
                put_json(value, out)?;
            }
        }
        out.push(b'}');
        Ok(())
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Day, month, year and time of `Sun, 06 Nov 1994 08:49:37 GMT`.
fn parts(date: &[u8]) -> (&str, &str, &str, &str) {
    let date = std::str::from_utf8(date).unwrap_or_default();
    let part = |range: std::ops::Range<usize>| date.get(range).unwrap_or("-");
    (part(5..7), part(8..11), part(12..16), part(17..25))
}

/// The host of an address, without its port.
fn put_host(peer: &Address, out: &mut Vec<u8>) -> io::Result<()> {
    match peer {
        Address::Inet { ip, .. } => write!(out, "{ip}"),
        Address::Inet6 { ip, .. } => write!(out, "{ip}"),
        _ => {
            out.push(b'-');
            Ok(())
        }
    }
}

/// Text in quotes that nobody can leave: what is not plain is escaped.
fn put_quoted(text: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x20..=0x7e => out.push(byte),
            _ => write!(out, "\\x{byte:02x}")?,
        }
    }
    Ok(())
}

/// A string of JSON; what is no UTF-8 becomes U+FFFD.
fn put_json(text: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    out.push(b'"');
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => write!(out, "\\u{:04x}", u32::from(character))?,
            plain => write!(out, "{plain}")?,
        }
    }
    out.push(b'"');
    Ok(())
}

/// A loop's end of the log.
pub(crate) struct LogTap {
    format: LogFormat,
    sender: SyncSender<Vec<u8>>,
    batch: Vec<u8>,
    lines: u64,
}

impl Clone for LogTap {
    fn clone(&self) -> Self {
        let sender = self.sender.clone();
        Self { format: self.format, sender, batch: Vec::new(), lines: 0 }
    }
}

impl LogTap {
    pub(crate) fn log(&mut self, entry: &Entry, peer: &Address, date: &[u8], now: u64, counters: &Counters) {
        entry.write(self.format, entry.client.as_ref().unwrap_or(peer), date, now, &mut self.batch);
        self.lines += 1;
        if self.batch.len() >= BATCH {
            self.hand_over(counters);
        }
    }

    /// Gives the lines to the writer.
    pub(crate) fn hand_over(&mut self, counters: &Counters) {
        if self.batch.is_empty() {
            return;
        }
        let (batch, lines) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.lines));
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.sender.try_send(batch) {
            add(&counters.log_lost, lines);
        }
    }
}

/// The writer's thread, which ends once all taps are gone.
pub(crate) fn start(format: LogFormat, sink: Box<dyn Write + Send>) -> io::Result<(LogTap, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(QUEUE);
    let thread = std::thread::Builder::new().name("ferrosock-log".to_owned());
    let thread = thread.spawn(move || write(&receiver, sink))?;
    Ok((LogTap { format, sender, batch: Vec::new(), lines: 0 }, thread))
}

fn write(receiver: &Receiver<Vec<u8>>, mut sink: Box<dyn Write + Send>) {
    for batch in receiver {
        // A disk may be full now and have room later: there is nobody to be told but the next line.
        let _ = sink.write_all(&batch).and_then(|()| sink.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &[u8] = b"Sun, 06 Nov 1994 08:49:37 GMT";

    fn line(entry: &Entry, format: LogFormat) -> String {
        let mut out = Vec::new();
        entry.write(format, &"192.0.2.1:5000".parse().unwrap(), DATE, 1250, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_of_each_format() {
        let mut head = RequestHead::new("GET", "/a?\"b");
        head.fields.append(b"User-Agent", b"evil\" \\ \xff").unwrap();
        let mut entry = Entry::new(&head, 1000);
        (entry.status, entry.bytes) = (200, 1234);
        let common = "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a?\\\"b HTTP/1.1\" 200 1234";
        assert_eq!(line(&entry, LogFormat::Common), format!("{common}\n"));
        assert_eq!(line(&entry, LogFormat::Combined), format!("{common} \"-\" \"evil\\\" \\\\ \\xff\"\n"));
        assert_eq!(line(&entry, LogFormat::Timed), format!("{common} \"-\" \"evil\\\" \\\\ \\xff\" 0.250\n"));
        assert_eq!(
            line(&entry, LogFormat::Json),
            "{\"time\":\"1994-11-06T08:49:37Z\",\"peer\":\"192.0.2.1:5000\",\"method\":\"GET\",\"target\":\"/a?\\\"b\",\
             \"version\":\"HTTP/1.1\",\"status\":200,\"bytes\":1234,\"milliseconds\":250,\"agent\":\"evil\\\" \\\\ \u{fffd}\"}\n"
        );
        let mut unread = Entry::unread(0);
        unread.status = 400;
        assert_eq!(
            line(&unread, LogFormat::Common),
            "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"-\" 400 -\n"
        );
    }

    #[test]
    fn a_writer_that_does_not_keep_up_loses_lines_and_holds_nobody() {
        struct Stuck(Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let _ = self.0.recv();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (go, wait) = std::sync::mpsc::channel();
        let (mut tap, thread) = start(LogFormat::Common, Box::new(Stuck(wait))).unwrap();
        let counters = Counters::default();
        let peer = "192.0.2.1:5000".parse().unwrap();
        for _ in 0..100 {
            tap.log(&Entry::unread(0), &peer, DATE, 0, &counters);
            tap.hand_over(&counters);
        }
        let lost = counters.stats().log_lost;
        assert!((30..=100 - QUEUE as u64).contains(&lost), "{lost}");
        drop((tap, go));
        thread.join().unwrap();
    }
}
