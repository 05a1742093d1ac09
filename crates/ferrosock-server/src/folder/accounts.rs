//! Who may come in: HTTP's Basic scheme (RFC 7617).

use std::fmt;

use ferrosock_proto::http::{Fields, parse_basic_credentials};
use sha2::{Digest, Sha256, Sha512};

/// Users and their passwords, of whom every request must name one. Only hashes are kept.
///
/// ```
/// use ferrosock_server::Accounts;
///
/// let mut accounts = Accounts::new();
/// accounts.add("ann:secret")?;
/// // As `printf secret | sha256sum` says it.
/// accounts.add("bob:sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b")?;
/// assert!(accounts.add("no colon").is_err());
/// # Ok::<(), ferrosock_server::BadAccount>(())
/// ```
#[derive(Clone, Default)]
pub struct Accounts(Vec<Account>);

#[derive(Clone)]
struct Account {
    user: Hash,
    password: Secret,
}

type Hash = [u8; 32];

#[derive(Clone)]
enum Secret {
    Sha256(Hash),
    Sha512([u8; 64]),
}

/// Why a text is no account.
///
/// ```
/// use ferrosock_server::{Accounts, BadAccount};
///
/// assert_eq!(Accounts::new().add("ann"), Err(BadAccount::NoPassword));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadAccount {
    /// It is not `USER:PASSWORD`, or the user has no name.
    NoPassword,
    /// What follows `sha256:` or `sha512:` is not so many hexadecimal digits.
    BadHash,
}

impl fmt::Display for BadAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoPassword => "an account is USER:PASSWORD",
            Self::BadHash => {
                "the hash of a password is sha256: and 64, or sha512: and 128 hexadecimal digits"
            }
        })
    }
}

impl std::error::Error for BadAccount {}

impl Accounts {
    /// Nobody yet; then everybody may come in.
    ///
    /// ```
    /// let accounts = ferrosock_server::Accounts::new();
    /// # let _ = accounts;
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `USER:PASSWORD`, `USER:sha256:HEX` or `USER:sha512:HEX`, the hash being that of the password alone. A user may have
    /// several passwords.
    ///
    /// # Errors
    /// For a text that is no account.
    ///
    /// ```
    /// # let mut accounts = ferrosock_server::Accounts::new();
    /// accounts.add("ann:a password: with colons")?;
    /// # Ok::<(), ferrosock_server::BadAccount>(())
    /// ```
    pub fn add(&mut self, account: &str) -> Result<(), BadAccount> {
        let (user, password) = account.split_once(':').ok_or(BadAccount::NoPassword)?;
        if user.is_empty() {
            return Err(BadAccount::NoPassword);
        }
        let password = if let Some(text) = password.strip_prefix("sha256:") {
            Secret::Sha256(unhex(text).ok_or(BadAccount::BadHash)?)
        } else if let Some(text) = password.strip_prefix("sha512:") {
            Secret::Sha512(unhex(text).ok_or(BadAccount::BadHash)?)
        } else {
            Secret::Sha256(Sha256::digest(password).into())
        };
        self.0.push(Account { user: Sha256::digest(user).into(), password });
        Ok(())
    }

    /// Whether the fields of a request name one of them, or there are none. How long it takes tells neither how much of a name or
    /// a password was right nor which account it was.
    pub(super) fn admit(&self, fields: &Fields) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let mut given = fields.all(b"authorization");
        let (Some(value), None) = (given.next(), given.next()) else { return false };
        let Some((user, password)) = parse_basic_credentials(value) else { return false };
        let user: Hash = Sha256::digest(user).into();
        let (short, long): (Hash, [u8; 64]) =
            (Sha256::digest(&password).into(), Sha512::digest(&password).into());
        let mut found = false;
        for account in &self.0 {
            let right = match &account.password {
                Secret::Sha256(hash) => same(hash, &short),
                Secret::Sha512(hash) => same(hash, &long),
            };
            found |= same(&account.user, &user) & right;
        }
        found
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Accounts").field(&self.0.len()).finish()
    }
}

/// Compares all of it, whatever is found on the way.
fn same(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |found, (one, other)| found | (one ^ other));
    std::hint::black_box(difference) == 0 && one.len() == other.len()
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = (digit(0)? * 16 + digit(1)?) as u8;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferrosock_proto::http::basic_credentials;

    #[test]
    fn who_may_come_in() {
        let mut accounts = Accounts::new();
        assert!(accounts.admit(&Fields::new()));
        accounts.add("ann:secret").unwrap();
        accounts.add("ann:other").unwrap();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        accounts.add(&format!("bob:sha256:{}", hex(&Sha256::digest("b:b")))).unwrap();
        accounts.add(&format!("eve:sha512:{}", hex(&Sha512::digest("")))).unwrap();
        let admit = |user: &str, password: &str| {
            let value = basic_credentials(user.as_bytes(), password.as_bytes()).unwrap();
            accounts.admit(&[("Authorization", value.as_str())].try_into().unwrap())
        };
        for (user, password, expected) in [
            ("ann", "secret", true),
            ("ann", "other", true),
            ("bob", "b:b", true),
            ("eve", "", true),
            ("ann", "Secret", false),
            ("ann", "", false),
            ("Ann", "secret", false),
            ("bob", "secret", false),
            ("", "", false),
        ] {
            assert_eq!(admit(user, password), expected, "{user} {password}");
        }
        for bad in ["", "Basic", "Basic !", "Bearer YW5uOnNlY3JldA==", "YW5uOnNlY3JldA=="] {
            assert!(!accounts.admit(&[("Authorization", bad)].try_into().unwrap()), "{bad}");
        }
        let mut twice = Fields::new();
        for _ in 0..2 {
            twice.append(b"Authorization", b"Basic YW5uOnNlY3JldA==").unwrap();
        }
        assert!(!accounts.admit(&twice) && !accounts.admit(&Fields::new()));
        for (bad, why) in [
            ("", BadAccount::NoPassword),
            (":secret", BadAccount::NoPassword),
            ("ann:sha256:12", BadAccount::BadHash),
            (&format!("ann:sha256:{}", "zz".repeat(32)), BadAccount::BadHash),
            (&format!("ann:sha256:{}", "\u{e9}".repeat(32)), BadAccount::BadHash),
        ] {
            assert_eq!(Accounts::new().add(bad), Err(why), "{bad}");
        }
    }
}
