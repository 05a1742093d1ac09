//! The client: what it waits for, and what it says to it.
//!
//! ```text
//! version 5:  Method --> (Authentication) --> Reply --> (NameLength) --> Address --> Done
//! version 4:  OldReply --> Done
//! ```

use super::{Error, Reply, Target};
use crate::http1::Want;

const VERSION: u8 = 5;
/// That of the sub-negotiation in RFC 1929.
const PASSWORD_VERSION: u8 = 1;
const CONNECT: u8 = 1;

const WITHOUT: u8 = 0;
const PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;

const V4: u8 = 1;
const NAME: u8 = 3;
const V6: u8 = 4;

/// A user's name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Auth {
    /// The name, of 1 to 255 bytes.
    pub user: Vec<u8>,
    /// The password, of 1 to 255 bytes.
    pub password: Vec<u8>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").field("user", &self.user.escape_ascii().to_string()).finish_non_exhaustive()
    }
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// How to authenticate.
    Method,
    /// Whether that was right.
    Authentication,
    /// The reply, as far as the type of its address.
    Reply,
    /// The length of a name in it.
    NameLength,
    /// So many bytes of an address of a type, and a port.
    Address(u8, usize),
    OldReply,
    Done,
    Failed,
}

/// Asks a proxy for a connection.
///
/// The order of calls: pass [`poll_output`](Self::poll_output) to the proxy; hand in with [`handle`](Self::handle) exactly what
/// [`want`](Self::want) asks for; until [`is_done`](Self::is_done).
///
/// ```
/// use ferrosock_proto::http1::Want;
/// use ferrosock_proto::socks::{Client, Error, Target};
///
/// let mut client = Client::new(&Target::from_host("example.org"), 80, None)?;
/// assert_eq!(client.poll_output().unwrap(), b"\x05\x01\0");
/// assert_eq!(client.want(), Want::Exact(2));
/// client.handle(b"\x05\0")?;
/// assert_eq!(client.poll_output().unwrap(), b"\x05\x01\0\x03\x0bexample.org\0\x50");
/// client.handle(b"\x05\0\0\x01")?;
/// client.handle(b"\x7f\0\0\x01\x1f\x90")?;
/// assert!(client.is_done());
/// assert_eq!(client.bound(), Some((&Target::from_host("127.0.0.1"), 8080)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Client {
    state: State,
    output: Vec<u8>,
    /// What is sent once the proxy has let us in.
    request: Vec<u8>,
    auth: Option<Auth>,
    bound: Option<(Target, u16)>,
}

impl Client {
    /// Asks a proxy of version 5 for a connection to a port of `target`, as a user or as nobody.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::InvalidCredentials`].
    pub fn new(target: &Target, port: u16, auth: Option<Auth>) -> Result<Self, Error> {
        let mut request = vec![VERSION, CONNECT, 0];
        match target {
            Target::V4(address) => {
                request.push(V4);
                request.extend_from_slice(&address.octets());
            }
            Target::V6(address) => {
                request.push(V6);
                request.extend_from_slice(&address.octets());
            }
            Target::Name(name) => {
                request.push(NAME);
                request.push(short(name.as_bytes()).ok_or(Error::InvalidName)?);
                request.extend_from_slice(name.as_bytes());
            }
        }
        request.extend_from_slice(&port.to_be_bytes());
        let mut output = vec![VERSION, 1, WITHOUT];
        if let Some(Auth { user, password }) = &auth {
            if short(user).is_none() || short(password).is_none() {
                return Err(Error::InvalidCredentials);
            }
            output = vec![VERSION, 2, WITHOUT, PASSWORD];
        }
        Ok(Self { state: State::Method, output, request, auth, bound: None })
    }

    /// Asks a proxy of version 4 for a connection to an address, or one of version 4a for one to a name. `user` is what
    /// identd would say of us, and may be nothing.
    ///
    /// # Errors
    /// [`Error::NotInThisVersion`], [`Error::InvalidName`], [`Error::InvalidCredentials`].
    ///
    /// ```
    /// use ferrosock_proto::socks::{Client, Error, Target};
    ///
    /// let mut client = Client::version_4(&Target::from_host("192.0.2.1"), 80, b"me")?;
    /// assert_eq!(client.poll_output().unwrap(), b"\x04\x01\0\x50\xc0\0\x02\x01me\0");
    /// client.handle(b"\0\x5a\0\0\0\0\0\0")?;
    /// assert!(client.is_done());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn version_4(target: &Target, port: u16, user: &[u8]) -> Result<Self, Error> {
        if user.len() > 255 || user.contains(&0) {
            return Err(Error::InvalidCredentials);
        }
        let mut output = vec![4, CONNECT];
        output.extend_from_slice(&port.to_be_bytes());
        match target {
            // 0.0.0.x says that a name follows.
            Target::V4(address) if address.octets()[..3] == [0; 3] => return Err(Error::NotInThisVersion),
            Target::V4(address) => output.extend_from_slice(&address.octets()),
            Target::V6(_) => return Err(Error::NotInThisVersion),
            Target::Name(_) => output.extend_from_slice(&[0, 0, 0, 1]),
        }
        output.extend_from_slice(user);
        output.push(0);
        if let Target::Name(name) = target {
            if short(name.as_bytes()).is_none() || name.contains('\0') {
                return Err(Error::InvalidName);
            }
            output.extend_from_slice(name.as_bytes());
            output.push(0);
        }
        Ok(Self { state: State::OldReply, output, request: Vec::new(), auth: None, bound: None })
    }

    /// What should be handed in next: always exactly so many bytes, or nothing.
    pub fn want(&self) -> Want {
        match self.state {
            State::Method | State::Authentication => Want::Exact(2),
            State::Reply => Want::Exact(4),
            State::NameLength => Want::Exact(1),
            State::Address(_, length) => Want::Exact(length + 2),
            State::OldReply => Want::Exact(8),
            State::Done | State::Failed => Want::Nothing,
        }
    }

    /// Takes what was wanted. Less than that says that the proxy has ended the connection.
    ///
    /// # Errors
    /// Why there will be no connection; nothing is wanted any more then.
    pub fn handle(&mut self, input: &[u8]) -> Result<(), Error> {
        let result = self.step(input);
        if result.is_err() {
            self.state = State::Failed;
        }
        result
    }

    fn step(&mut self, input: &[u8]) -> Result<(), Error> {
        match self.want() {
            Want::Exact(length) if input.len() < length => return Err(Error::Disconnected),
            Want::Exact(length) if input.len() == length => {}
            _ => return Err(Error::WrongState),
        }
        self.state = match self.state {
            State::Method => {
                version(input[0], VERSION)?;
                match (input[1], &self.auth) {
                    (WITHOUT, _) => self.ask(),
                    (PASSWORD, Some(Auth { user, password })) => {
                        self.output.push(PASSWORD_VERSION);
                        for text in [user, password] {
                            self.output.push(text.len() as u8);
                            self.output.extend_from_slice(text);
                        }
                        State::Authentication
                    }
                    (NONE_ACCEPTABLE, _) => return Err(Error::NoAcceptableMethod),
                    (method, _) => return Err(Error::UnexpectedMethod(method)),
                }
            }
            // Of the version some proxies say 5 here: only the status counts.
            State::Authentication if input[1] == 0 => self.ask(),
            State::Authentication => return Err(Error::AuthenticationFailed),
            State::Reply => {
                version(input[0], VERSION)?;
                if input[1] != 0 {
                    return Err(Error::Refused(Reply(input[1])));
                }
                match input[3] {
                    V4 => State::Address(V4, 4),
                    V6 => State::Address(V6, 16),
                    NAME => State::NameLength,
                    other => return Err(Error::BadAddressType(other)),
                }
            }
            State::NameLength => State::Address(NAME, input[0].into()),
            State::Address(kind, _) => {
                let (host, port) = input.split_at(input.len() - 2);
                let number =
                    |host: &[u8]| host.iter().fold(0, |number, &byte| number << 8 | u128::from(byte));
                let host = match kind {
                    V4 => Target::V4((number(host) as u32).into()),
                    V6 => Target::V6(number(host).into()),
                    _ => Target::Name(String::from_utf8_lossy(host).into_owned()),
                };
                self.bound = Some((host, u16::from_be_bytes([port[0], port[1]])));
                State::Done
            }
            State::OldReply => {
                version(input[0], 0)?;
                if input[1] != 90 {
                    return Err(Error::Refused(Reply(input[1])));
                }
                let host = Target::V4([input[4], input[5], input[6], input[7]].into());
                self.bound = Some((host, u16::from_be_bytes([input[2], input[3]])));
                State::Done
            }
            State::Done | State::Failed => return Err(Error::WrongState),
        };
        Ok(())
    }

    /// Sends the request.
    fn ask(&mut self) -> State {
        self.output.append(&mut self.request);
        State::Reply
    }

    /// What is to go to the proxy.
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        (!self.output.is_empty()).then(|| std::mem::take(&mut self.output))
    }

    /// Whether the stream is connected to the target.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Where the proxy connects from, once it has.
    pub fn bound(&self) -> Option<(&Target, u16)> {
        self.bound.as_ref().map(|(host, port)| (host, *port))
    }
}

/// The length of what must have from 1 to 255 bytes.
fn short(bytes: &[u8]) -> Option<u8> {
    u8::try_from(bytes.len()).ok().filter(|&length| length > 0)
}

fn version(byte: u8, wanted: u8) -> Result<(), Error> {
    if byte == wanted { Ok(()) } else { Err(Error::NotSocks { version: byte }) }
}
