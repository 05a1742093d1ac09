//! Arrays and maps of a binary form as they are read, without recursion: depth costs no stack.

/// What can hold others of its kind.
pub(crate) trait Nested: Sized {
    fn array(items: Vec<Self>) -> Self;
    fn map(pairs: Vec<(Self, Self)>) -> Self;
}

/// An array or a map that has begun: what has come of it, and how many items or pairs are still to come, if that is known.
pub(crate) enum Open<V> {
    Array(Vec<V>, Option<usize>),
    /// With a key whose value is to come.
    Map(Vec<(V, V)>, Option<V>, Option<usize>),
}

impl<V: Nested> Open<V> {
    pub(crate) const fn array(count: Option<usize>) -> Self {
        Self::Array(Vec::new(), count)
    }

    pub(crate) const fn map(count: Option<usize>) -> Self {
        Self::Map(Vec::new(), None, count)
    }

    /// Takes an item, and gives the whole if it was the last. There was one to come.
    pub(crate) fn add(&mut self, value: V) -> Option<V> {
        let left = match self {
            Self::Array(items, left) => {
                items.push(value);
                left
            }
            Self::Map(pairs, key, left) => {
                let Some(key) = key.take() else {
                    *key = Some(value);
                    return None;
                };
                pairs.push((key, value));
                left
            }
        };
        let left = left.as_mut()?;
        *left -= 1;
        (*left == 0).then(|| self.whole())
    }

    /// Ends it; None if its items are counted, or a key has no value.
    pub(crate) fn end(mut self) -> Option<V> {
        let may_end = matches!(self, Self::Array(_, None) | Self::Map(_, None, None));
        may_end.then(|| self.whole())
    }

    fn whole(&mut self) -> V {
        match self {
            Self::Array(items, _) => V::array(std::mem::take(items)),
            Self::Map(pairs, ..) => V::map(std::mem::take(pairs)),
        }
    }
}
