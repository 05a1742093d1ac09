
pub(crate) mod poll;
