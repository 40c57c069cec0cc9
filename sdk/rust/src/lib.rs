//! What a mailweir plugin written in Rust is made with.
//!
//! A plugin is a library (`crate-type = ["cdylib"]`) with a function for each hook that
//! it answers; `plugin!` exports them, and plugin.json names them as well:
//!
//! ```ignore
//! use mailweir::{Error, Folder, Verdict};
//!
//! struct State;
//!
//! fn start() -> Result<State, Error> {
//!     Ok(State)
//! }
//!
//! fn map_folder(_: &mut State, folder: &Folder) -> Verdict {
//!     if folder.special_use() == "Junk" {
//!         return Verdict::Skip("junk stays behind".into());
//!     }
//!     Verdict::NoOpinion
//! }
//!
//! mailweir::plugin! { start: start -> State, map_folder: map_folder }
//! ```
//!
//! Nothing is handed to a plugin in advance: each method asks the host when it is called.
//! A value that may not be read makes the hook fail, so that what it was asked about is
//! held, and never decided by what merely looks absent. A hook may also return
//! `Result<Verdict, Error>` and use `?`.

#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod abi;
mod door;
mod hooks;
mod message;
mod run;

pub use door::*;
pub use hooks::*;
pub use message::*;
pub use run::*;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

/// Why a hook failed: any text, and any error by `?`.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    pub fn new(why: impl fmt::Display) -> Self {
        Error(why.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! from {
    ($($t:ty),*) => { $(impl From<$t> for Error {
        fn from(e: $t) -> Self { Error::new(e) }
    })* };
}
from!(&str, String, core::num::ParseIntError, core::num::ParseFloatError, core::str::Utf8Error);

/// A plugin has one thread, and is in one call at a time.
struct Single<T>(RefCell<T>);
unsafe impl<T> Sync for Single<T> {}

/// Misuse in the call under way; it turns the result into an error.
static FAULT: Single<Option<String>> = Single(RefCell::new(None));

/// Makes the call under way fail, whatever it returns. The first reason is kept.
pub fn fault(why: impl fmt::Display) {
    FAULT.0.borrow_mut().get_or_insert_with(|| why.to_string());
}

pub(crate) fn begin() {
    *FAULT.0.borrow_mut() = None;
}

pub(crate) fn end(result: i32) -> i32 {
    match FAULT.0.borrow_mut().take() {
        None => result,
        Some(why) => {
            unsafe { abi::fail(why.as_ptr(), why.len() as i32) };
            abi::RESULT_ERROR
        }
    }
}

/// Does a read call: `call` gets a buffer and its size. `None` is no such value.
pub(crate) fn read(what: &str, mut call: impl FnMut(*mut u8, i32) -> i32) -> Option<Vec<u8>> {
    let mut room: Vec<u8> = Vec::with_capacity(256);
    loop {
        let n = call(room.as_mut_ptr(), room.capacity() as i32);
        if n < 0 {
            denied(what, n.into());
            return None;
        }
        if n as usize <= room.capacity() {
            // The host has written n bytes.
            unsafe { room.set_len(n as usize) };
            return Some(room);
        }
        room.reserve_exact(n as usize);
    }
}

pub(crate) fn text(what: &str, call: impl FnMut(*mut u8, i32) -> i32) -> Option<String> {
    read(what, call).map(|b| String::from_utf8_lossy(&b).into_owned())
}

/// A read that was refused, rather than empty, is a fault.
pub(crate) fn denied(what: &str, code: i64) {
    if code == abi::READ_NOT_PERMITTED.into() {
        fault(alloc::format!("{} can not be read here; see needs in plugin.json, and which hook this is", what));
    } else if code == abi::READ_BAD_ARGUMENT.into() {
        fault(alloc::format!("{} was asked for with an argument that makes no sense", what));
    }
}

/// An effect that can not be in this hook is a fault; the host knows of the others.
pub(crate) fn check(what: &str, code: i32) {
    if code == abi::READ_NOT_PERMITTED {
        fault(alloc::format!("{} can not be changed in this hook", what));
    }
}

pub(crate) fn number(what: &str, id: i32) -> Option<i64> {
    let n = unsafe { abi::prop_u64(id) };
    if n < 0 {
        denied(what, n);
        return None;
    }
    Some(n)
}

pub(crate) fn prop(what: &str, id: i32, index: i32) -> Option<String> {
    text(what, |dst, cap| unsafe { abi::prop_str(id, index, dst, cap) })
}

/// One member of the configuration, by a path such as "a.b": a string as its text,
/// anything else as JSON. "" is the whole of it.
pub fn config(path: &str) -> Option<String> {
    text("the configuration", |dst, cap| unsafe {
        abi::config(path.as_ptr(), path.len() as i32, dst, cap)
    })
}

/// The time in milliseconds since 1970.
pub fn now() -> i64 {
    unsafe { abi::now_ms() }
}

/// Writes a line to the log of the run; the level is one of `abi::LOG_...`.
pub fn log(level: i32, line: &str) {
    unsafe { abi::log(level, line.as_ptr(), line.len() as i32) }
}

/// Writes a line to the log of the run.
pub fn info(line: &str) {
    log(abi::LOG_INFO, line)
}
