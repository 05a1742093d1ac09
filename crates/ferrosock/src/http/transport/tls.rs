//! TLS by rustls.

use std::io::{self, Read, Write};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use super::super::wait::Wait;
use super::{SecureConnector, Stream};

/// How much is received at once: more than a record of TLS.
const BLOCK: usize = 32 * 1024;

/// How often what came without saying anything is taken in, until the peer counts as one that says nothing.
const TICKETS: usize = 64;

/// Makes streams secure by rustls: TLS 1.2 and 1.3, with certificates that the system trusts.
///
/// The system's certificates are read when the first connection is made, and once for the whole program.
///
/// ```
/// use ferrosock::http::{Client, TlsConnector};
///
/// let client = Client::builder().secure_connector(TlsConnector::new()).build()?; // as it is without, too
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TlsConnector {
    config: Option<Arc<ClientConfig>>,
}

impl TlsConnector {
    /// Trusts whom the system trusts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificates of a PEM file, and nobody else: those of a company or of a test.
    ///
    /// # Errors
    /// A file that holds none, or one that is no certificate of an authority.
    ///
    /// ```
    /// use ferrosock::http::TlsConnector;
    ///
    /// assert!(TlsConnector::with_roots(b"not a certificate").is_err());
    /// ```
    pub fn with_roots(pem: &[u8]) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| io::Error::other(error.to_string()))?;
            roots.add(certificate).map_err(io::Error::other)?;
        }
        if roots.is_empty() {
            return Err(io::Error::other("no certificate"));
        }
        let config = builder()?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self::with_config(config))
    }

    /// Does what a configuration of rustls says; the protocol `http/1.1` is offered in any case.
    pub fn with_config(mut config: ClientConfig) -> Self {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { config: Some(Arc::new(config)) }
    }

    fn config(&self) -> io::Result<Arc<ClientConfig>> {
        static SYSTEM: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        if let Some(config) = self.config.as_ref().or_else(|| SYSTEM.get()) {
            return Ok(Arc::clone(config));
        }
        let mut config = builder()?.with_platform_verifier().map_err(io::Error::other)?.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(SYSTEM.get_or_init(|| Arc::new(config))))
    }
}

fn builder() -> io::Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)
}

impl SecureConnector for TlsConnector {
    fn secure(&self, stream: Box<dyn Stream>, host: &str, wait: &Wait<'_>) -> io::Result<Box<dyn Stream>> {
        let name = host.split('%').next().unwrap_or_default().trim_end_matches('.');
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let session = ClientConnection::new(self.config()?, name).map_err(io::Error::other)?;
        let block = vec![0; BLOCK].into_boxed_slice();
        let mut secure = TlsStream { stream, session, block, begin: 0, end: 0, is_stopped: false };
        while secure.session.is_handshaking() {
            secure.flush(wait)?;
            if secure.session.is_handshaking() && !secure.pull(wait)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        secure.flush(wait)?;
        Ok(Box::new(secure))
    }
}

/// A stream in TLS.
///
/// ```
/// use ferrosock::http::{Stream, TlsStream};
///
/// fn protocol(stream: &TlsStream) -> String {
///     format!("{:?}", stream.session().protocol_version())
/// }
/// ```
pub struct TlsStream {
    stream: Box<dyn Stream>,
    session: ClientConnection,
    /// What was received, and which part of it the session has yet to take.
    block: Box<[u8]>,
    begin: usize,
    end: usize,
    /// Something is left to be sent, since the peer has said something meanwhile.
    is_stopped: bool,
}

impl TlsStream {
    /// What was agreed on with the server.
    pub fn session(&self) -> &ClientConnection {
        &self.session
    }

    /// Gives the session what has come, or waits for more; false at the end.
    fn pull(&mut self, wait: &Wait<'_>) -> io::Result<bool> {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
            self.end = self.stream.read(&mut self.block, wait)?;
        }
        let mut input = &self.block[self.begin..self.end];
        let count = self.session.read_tls(&mut input)?;
        self.begin += count;
        if let Err(error) = self.session.process_new_packets() {
            // The server learns why, if it can.
            let _ = self.flush(&Wait::until(Some(Instant::now())));
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Ok(count > 0)
    }

    /// Sends what the session has to say.
    fn flush(&mut self, wait: &Wait<'_>) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut Waiting { stream: &mut *self.stream, wait })?;
        }
        self.is_stopped = false;
        Ok(())
    }

    /// Sends what the session has to say, as far as it goes before the peer has something to say.
    fn flush_until_answered(&mut self, wait: &Wait<'_>) -> io::Result<()> {
        loop {
            self.is_stopped = false;
            while self.session.wants_write() && !self.is_stopped {
                match self.session.write_tls(&mut Attentive { stream: &mut *self.stream, wait }) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.is_stopped = true,
                    result => drop(result?),
                }
            }
            if !self.is_stopped || !self.says_nothing() {
                return Ok(());
            }
        }
    }

    /// Takes what has come without waiting: tickets for later sessions are nothing that was said.
    fn says_nothing(&mut self) -> bool {
        for _ in 0..TICKETS {
            match self.session.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                _ => return false,
            }
            match self.pull(&Wait::until(Some(Instant::now()))) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(error) => {
                    return error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none();
                }
            }
        }
        true
    }
}

impl Stream for TlsStream {
    fn read(&mut self, space: &mut [u8], wait: &Wait<'_>) -> io::Result<usize> {
        loop {
            match self.session.reader().read(space) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
            self.pull(wait)?;
            if !self.is_stopped {
                self.flush(wait)?; // an answer to a change of keys
            }
        }
    }

    fn write(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<usize> {
        let count = self.session.writer().write(bytes)?;
        self.flush(wait)?;
        Ok(count)
    }

    fn write_unless_answered(&mut self, bytes: &[u8], wait: &Wait<'_>) -> io::Result<Option<usize>> {
        // What was said may have been taken off the socket by now, which then tells nothing of it.
        if !self.says_nothing() {
            return Ok(None);
        }
        self.flush_until_answered(wait)?; // what is left of the piece before
        if self.is_stopped {
            return Ok(None);
        }
        let count = self.session.writer().write(bytes)?;
        self.flush_until_answered(wait)?;
        Ok(Some(count))
    }

    fn is_quiet(&mut self) -> bool {
        !self.is_stopped && self.says_nothing()
    }
}

impl std::fmt::Debug for TlsStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("TlsStream");
        shown.field("version", &self.session.protocol_version()).finish_non_exhaustive()
    }
}

/// A stream as rustls writes to it.
struct Waiting<'a> {
    stream: &'a mut dyn Stream,
    wait: &'a Wait<'a>,
}

impl Write for Waiting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes, self.wait)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream as rustls writes to it that would block while the peer has something to say.
struct Attentive<'a> {
    stream: &'a mut dyn Stream,
    wait: &'a Wait<'a>,
}

impl Write for Attentive<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write_unless_answered(bytes, self.wait)?.ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
