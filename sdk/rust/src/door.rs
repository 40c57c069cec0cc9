//! Durable memory and other servers, each with its grant. What is refused or fails is an
//! error that says why, and no fault of the plugin.

use crate::{abi, text, Error};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

fn door(what: &str, code: i64) -> Result<i64, Error> {
    if code >= 0 {
        return Ok(code);
    }
    let why = text("why", |dst, cap| unsafe { abi::door_error(dst, cap) }.max(0)).unwrap_or_default();
    Err(Error::new(match why.as_str() {
        "" if code == abi::READ_NOT_PERMITTED.into() => {
            format!("{}: this was not granted, or not in this hook", what)
        }
        "" if code == abi::READ_BAD_ARGUMENT.into() => format!("{}: an argument makes no sense", what),
        "" => format!("{}: the host gave no reason", what),
        _ => format!("{}: {}", what, why),
    }))
}

// reading does a read call that can be refused.
fn reading(what: &str, mut call: impl FnMut(*mut u8, i32) -> i32) -> Result<Option<Vec<u8>>, Error> {
    let mut code = 0;
    let value = crate::read(what, |dst, cap| {
        code = call(dst, cap);
        code.max(abi::READ_ABSENT) // door says the rest
    });
    if code < 0 && code != abi::READ_ABSENT {
        door(what, code.into())?;
    }
    Ok(value)
}

/// The plugin's memory, which is this task's alone.
pub mod kv {
    use super::*;

    /// The value of a key.
    pub fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
        reading("kv", |dst, cap| unsafe { abi::kv_get(key.as_ptr(), key.len() as i32, dst, cap) })
    }

    /// Remembers a value at once; an empty one forgets the key.
    pub fn put(key: &str, value: &[u8]) -> Result<(), Error> {
        door("kv", unsafe { abi::kv_put(key.as_ptr(), key.len() as i32, value.as_ptr(), value.len() as i32) }.into())?;
        Ok(())
    }

    /// Adds to a number, 0 at first, and returns the sum, which never falls below 0.
    pub fn add(key: &str, delta: i64) -> Result<i64, Error> {
        door("kv", unsafe { abi::kv_add(key.as_ptr(), key.len() as i32, delta) })
    }

    /// Remembers a value if the key still has the old one, and tells whether it did.
    /// Empty means none.
    pub fn cas(key: &str, old: &[u8], value: &[u8]) -> Result<bool, Error> {
        let n = unsafe {
            abi::kv_cas(
                key.as_ptr(), key.len() as i32, old.as_ptr(), old.len() as i32, value.as_ptr(), value.len() as i32,
            )
        };
        Ok(door("kv", n.into())? == 1)
    }
}

/// A connection, or the body of an answer. It is closed when it is dropped.
pub struct Door {
    what: &'static str,
    id: i32,
}

impl Door {
    /// Connects: `{"address": "host:port", "tls": false, "timeout_ms": ...}`.
    pub fn tcp(request: &str) -> Result<Door, Error> {
        let id = door("tcp", unsafe { abi::tcp_open(request.as_ptr(), request.len() as i32) }.into())?;
        Ok(Door { what: "tcp", id: id as i32 })
    }

    /// Begins a request: `{"method", "url", "headers": {}, "body": "none", "written" or
    /// "message", "timeout_ms"}`. With "written" its body is what `write` is given.
    pub fn http(request: &str) -> Result<Door, Error> {
        let id = door("http", unsafe { abi::http_open(request.as_ptr(), request.len() as i32) }.into())?;
        Ok(Door { what: "http", id: id as i32 })
    }

    /// Sends bytes.
    pub fn write(&self, data: &[u8]) -> Result<(), Error> {
        door(self.what, unsafe { abi::door_write(self.id, data.as_ptr(), data.len() as i32) }.into())?;
        Ok(())
    }

    /// Ends a request's body and waits for the answer's status code, such as 200.
    pub fn status(&self) -> Result<i32, Error> {
        Ok(door("http", unsafe { abi::http_status(self.id) }.into())? as i32)
    }

    /// A field of the answer's header section. A door that has none to read makes the hook
    /// fail.
    pub fn header(&self, name: &str) -> Option<String> {
        let field = reading(self.what, |dst, cap| unsafe {
            abi::http_header(self.id, name.as_ptr(), name.len() as i32, dst, cap)
        });
        match field {
            Ok(value) => value.map(|b| String::from_utf8_lossy(&b).into_owned()),
            Err(e) => {
                crate::fault(format!("{}", e));
                None
            }
        }
    }

    /// Waits for bytes; 0 is the end.
    pub fn read(&self, to: &mut [u8]) -> Result<usize, Error> {
        Ok(door(self.what, unsafe { abi::door_read(self.id, to.as_mut_ptr(), to.len() as i32) }.into())? as usize)
    }

    /// Reads to the end.
    pub fn read_all(&self) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        let mut piece = [0u8; 4096];
        loop {
            match self.read(&mut piece)? {
                0 => return Ok(all),
                n => all.extend_from_slice(&piece[..n]),
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        unsafe { abi::door_close(self.id) }
    }
}

/// Sends mail through a granted relay: `{"relay", "from", "to": [], "headers": {}, "body":
/// "message", "attached" or "text", "text"}`.
pub fn send(request: &str) -> Result<(), Error> {
    door("smtp", unsafe { abi::smtp_send(request.as_ptr(), request.len() as i32) }.into())?;
    Ok(())
}

/// A text as a JSON string, with its quotes.
pub fn json(s: &str) -> String {
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c)
            }
            '\0'..='\x1f' => out.push_str(&format!("\\u{:04x}", c as u32)),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}
