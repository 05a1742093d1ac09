//! What a program keeps in `threading.local` while a connection is served: it goes with the connection from thread to thread.

#[cfg(not(all(Py_3_13, target_pointer_width = "64")))]
mod in_dict;
#[cfg(all(Py_3_13, target_pointer_width = "64"))]
mod in_state;

#[cfg(not(all(Py_3_13, target_pointer_width = "64")))]
pub(super) use in_dict::Locals;
#[cfg(all(Py_3_13, target_pointer_width = "64"))]
pub(super) use in_state::Locals;
