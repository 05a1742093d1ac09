#[cfg(feature = "brotli")]
use super::brotli::Brotli;
use super::{Coding, Error, zstd::Zstd};
#[cfg(feature = "gzip")]
use super::{deflate::Deflate, gzip::Gzip};

/// What lies between two codings.
const BETWEEN: usize = 16 * 1024;

/// How far a content may be decoded. Each coding of several is held to them.
///
/// ```
/// use ferrosock_codec::content::{Coding, Error, Limits, decode};
///
/// let zeros = b"\x28\xb5\x2f\xfd\x60\xff\x0f\xfb\x87\0\0"; // 4351 of them
/// let limits = Limits { output: 4000, ..Limits::default() };
/// assert_eq!(decode(zeros, &[Coding::Zstd], limits), Err(Error::TooLong { limit: 4000 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that may come out.
    pub output: u64,
    /// The most bytes that may come out for each one that went in, once `free` bytes have come out.
    pub ratio: u32,
    /// So many bytes may come out whatever went in: a small file of zeros is no attack.
    pub free: u64,
    /// The most bytes of Zstandard's window, of which two at most are held: RFC 9659 allows 8 MiB.
    pub window: u64,
}

impl Default for Limits {
    /// Any size, 200 bytes out of each that went in beyond the first 32 MiB, a window of 8 MiB.
    fn default() -> Self {
        Self { output: u64::MAX, ratio: 200, free: 32 << 20, window: 8 << 20 }
    }
}

/// What a call of [`Decoder::decode`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step {
    /// How many bytes it took of the input.
    pub read: usize,
    /// How many bytes it wrote to the output.
    pub written: usize,
}

/// One coding.
enum Format {
    #[cfg(feature = "gzip")]
    Gzip(Box<Gzip>),
    #[cfg(feature = "gzip")]
    Deflate(Box<Deflate>),
    #[cfg(feature = "brotli")]
    Brotli(Box<Brotli>),
    Zstd(Box<Zstd>),
}

/// A coding with its limits.
struct Layer {
    format: Format,
    coding: Coding,
    limits: Limits,
    read: u64,
    written: u64,
}

impl Layer {
    fn new(coding: Coding, limits: Limits) -> Result<Self, Error> {
        let format = match coding {
            #[cfg(feature = "gzip")]
            Coding::Gzip => Format::Gzip(Box::default()),
            #[cfg(feature = "gzip")]
            Coding::Deflate => Format::Deflate(Box::default()),
            #[cfg(feature = "brotli")]
            Coding::Brotli => Format::Brotli(Box::default()),
            Coding::Zstd => Format::Zstd(Box::new(Zstd::new(limits.window))),
            #[allow(unreachable_patterns, reason = "where all features are on")]
            _ => return Err(Error::UnknownCoding(coding.token().into())),
        };
        Ok(Self { format, coding, limits, read: 0, written: 0 })
    }

    /// Takes all of the input, or fills the output, or both.
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        // One byte more than is allowed, to see whether there is one.
        let dense = u64::from(self.limits.ratio).saturating_mul(self.read.saturating_add(input.len() as u64));
        let most = self.limits.output.min(dense.max(self.limits.free));
        let room = usize::try_from(most.saturating_sub(self.written)).unwrap_or(usize::MAX).saturating_add(1);
        let output = match output.get_mut(..room) {
            Some(cut) => cut,
            None => output,
        };
        let step = match &mut self.format {
            #[cfg(feature = "gzip")]
            Format::Gzip(format) => format.decode(input, output),
            #[cfg(feature = "gzip")]
            Format::Deflate(format) => format.decode(input, output),
            #[cfg(feature = "brotli")]
            Format::Brotli(format) => format.decode(input, output),
            Format::Zstd(format) => format.decode(input, output),
        }?;
        self.read += step.read as u64;
        self.written += step.written as u64;
        match self.written {
            written if written > self.limits.output => Err(Error::TooLong { limit: self.limits.output }),
            written if written > most => Err(Error::TooDense { ratio: self.limits.ratio }),
            _ => Ok(step),
        }
    }

    fn finish(&self) -> Result<(), Error> {
        let whole = match &self.format {
            #[cfg(feature = "gzip")]
            Format::Gzip(format) => format.may_end(),
            #[cfg(feature = "gzip")]
            Format::Deflate(format) => format.may_end(),
            #[cfg(feature = "brotli")]
            Format::Brotli(format) => format.may_end(),
            Format::Zstd(format) => format.may_end(),
        };
        // Servers name a coding where there is no content: in answers to HEAD, with 204 and 304, and with a length of 0.
        if whole || self.read == 0 { Ok(()) } else { Err(Error::Truncated { coding: self.coding }) }
    }
}

/// Decodes a content as it comes.
///
/// The order of calls: [`decode`](Self::decode) for each chunk, again and again until it has read all of the chunk *and* has
/// left room in the output; at the end [`finish`](Self::finish), which tells whether that was the end.
pub struct Decoder {
    /// The outermost first: the one that was applied last.
    layers: Vec<Layer>,
    /// What came out of all layers but the last, and where what is left of it begins.
    between: Vec<(Vec<u8>, usize)>,
    failed: Option<Error>,
}

impl Decoder {
    /// A decoder of codings in the order in which they were applied, as [`codings`](super::codings) gives them. Without any
    /// it passes on what it gets.
    ///
    /// # Errors
    /// [`Error::UnknownCoding`] for one that the crate was not built with.
    pub fn new(codings: &[Coding], limits: Limits) -> Result<Self, Error> {
        let layers: Vec<Layer> =
            codings.iter().rev().map(|&coding| Layer::new(coding, limits)).collect::<Result<_, _>>()?;
        let between = vec![(Vec::new(), 0); layers.len().saturating_sub(1)];
        Ok(Self { layers, between, failed: None })
    }

    /// Decodes a piece of `input` to `output`. If the output was filled, there may be more to come even if all input was read.
    ///
    /// # Errors
    /// What is wrong with the content, or the limit that it passed; the same at every further call.
    pub fn decode(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = match &mut self.layers[..] {
            [] => {
                let length = input.len().min(output.len());
                output[..length].copy_from_slice(&input[..length]);
                Ok(Step { read: length, written: length })
            }
            [layer] => layer.decode(input, output),
            _ => self.decode_layers(input, output),
        };
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    fn decode_layers(&mut self, mut input: &[u8], mut output: &mut [u8]) -> Result<Step, Error> {
        let mut done = Step::default();
        loop {
            let mut moved = false;
            // The innermost first, so that there is room behind each.
            for at in (0..self.layers.len()).rev() {
                let last = at + 1 == self.layers.len();
                let (before, after) = self.between.split_at_mut(at);
                let source = match before.last() {
                    Some((held, begin)) => &held[*begin..],
                    None => input,
                };
                let step = if last {
                    self.layers[at].decode(source, output)?
                } else if let Some((held, begin)) = after.first_mut() {
                    if *begin < held.len() {
                        continue;
                    }
                    held.resize(BETWEEN, 0);
                    let step = self.layers[at].decode(source, held)?;
                    held.truncate(step.written);
                    *begin = 0;
                    step
                } else {
                    Step::default()
                };
                moved |= step.read > 0 || step.written > 0;
                match before.last_mut() {
                    Some((_, begin)) => *begin += step.read,
                    None => {
                        input = &input[step.read..];
                        done.read += step.read;
                    }
                }
                if last {
                    done.written += step.written;
                    output = &mut output[step.written..];
                }
            }
            if output.is_empty() || !moved {
                return Ok(done);
            }
        }
    }

    /// Whether the content may end here.
    ///
    /// # Errors
    /// [`Error::Truncated`] if it may not; the error of [`decode`](Self::decode) if there was one.
    pub fn finish(&self) -> Result<(), Error> {
        match &self.failed {
            Some(error) => Err(error.clone()),
            None => self.layers.iter().try_for_each(Layer::finish),
        }
    }

    /// How many bytes have come out.
    pub fn written(&self) -> u64 {
        self.layers.last().map_or(0, |layer| layer.written)
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let codings = self.layers.iter().map(|layer| (layer.coding, layer.read, layer.written));
        f.debug_list().entries(codings).finish()
    }
}

/// Decodes a whole content.
///
/// # Errors
/// As [`Decoder`].
///
/// ```
/// use ferrosock_codec::content::{Coding, Error, Limits, decode};
///
/// let content = b"\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello";
/// assert_eq!(decode(content, &[Coding::Zstd], Limits::default())?, b"hello");
/// let truncated = decode(&content[..12], &[Coding::Zstd], Limits::default());
/// assert_eq!(truncated, Err(Error::Truncated { coding: Coding::Zstd }));
/// # Ok::<(), Error>(())
/// ```
pub fn decode(mut content: &[u8], codings: &[Coding], limits: Limits) -> Result<Vec<u8>, Error> {
    let mut decoder = Decoder::new(codings, limits)?;
    let (mut out, mut filled) = (Vec::new(), 0);
    loop {
        if out.len() == filled {
            out.resize(filled + filled.clamp(BETWEEN, 1 << 20), 0);
        }
        let step = decoder.decode(content, &mut out[filled..])?;
        content = &content[step.read..];
        filled += step.written;
        if content.is_empty() && filled < out.len() {
            break;
        }
    }
    decoder.finish()?;
    out.truncate(filled);
    Ok(out)
}
