//! [`Message`]: what programs send to each other.

use super::Kind;

/// A message.
///
/// ```
/// use ferrosock_proto::websocket::Message;
///
/// assert_eq!(Message::from("hello"), Message::Text("hello".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Message {
    /// How many bytes it has.
    ///
    /// ```
    /// assert_eq!(ferrosock_proto::websocket::Message::from("é").len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether it has none.
    ///
    /// ```
    /// assert!(ferrosock_proto::websocket::Message::from("").is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its kind, and its bytes.
    ///
    /// ```
    /// use ferrosock_proto::websocket::{Kind, Message};
    ///
    /// assert_eq!(Message::from("é").into_parts(), (Kind::Text, "é".as_bytes().to_vec()));
    /// ```
    pub fn into_parts(self) -> (Kind, Vec<u8>) {
        match self {
            Self::Text(text) => (Kind::Text, text.into_bytes()),
            Self::Binary(bytes) => (Kind::Binary, bytes),
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}
