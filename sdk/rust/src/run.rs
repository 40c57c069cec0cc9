//! Runs, and what goes wrong in them.

use crate::{abi, denied, message::note, number, prop, FailedMessage};
use alloc::string::String;
use alloc::vec::Vec;

/// Name of the task. It works in `start`, too.
pub fn task_name() -> String {
    prop("the task", abi::PROP_TASK, 0).unwrap_or_default()
}

/// What identifies the run. It works in `start`, too.
pub fn run_id() -> String {
    prop("the run", abi::PROP_RUN, 0).unwrap_or_default()
}

/// Whether nothing will be changed anywhere: what is sent is recorded, and not sent.
pub fn dry_run() -> bool {
    number("dry run", abi::PROP_DRY_RUN) == Some(1)
}

/// A run as a whole, or one folder of it.
pub struct Run(());

impl Run {
    #[doc(hidden)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Run(())
    }
    /// The plan or report as JSON.
    pub fn report(&self) -> String {
        let mut all: Vec<u8> = Vec::new();
        let mut piece = [0u8; 4096];
        loop {
            let n = unsafe { abi::report_read(all.len() as i64, piece.as_mut_ptr(), piece.len() as i32) };
            denied("the report", n.into());
            if n <= 0 {
                return String::from_utf8_lossy(&all).into_owned();
            }
            all.extend_from_slice(&piece[..n as usize]);
        }
    }
    /// Sets the reason that the report shows.
    pub fn note(&self, why: &str) {
        note(why)
    }
}

/// Something that failed: a message, a folder or the run itself.
pub struct Failure(());

impl Failure {
    #[doc(hidden)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Failure(())
    }
    /// "list", "map", "fetch", "filter", "rewrite", "append", "record", "remove" or "hook".
    pub fn stage(&self) -> String {
        prop("the stage", abi::PROP_STAGE, 0).unwrap_or_default()
    }
    /// "auth", "quota", "refused", "lost", "timeout", "too big", "no folder", "plugin" or "other".
    pub fn kind(&self) -> String {
        prop("the kind", abi::PROP_ERROR_KIND, 0).unwrap_or_default()
    }
    /// What the report will say.
    pub fn text(&self) -> String {
        prop("the error", abi::PROP_ERROR, 0).unwrap_or_default()
    }
    /// How often this failed before.
    pub fn attempt(&self) -> i64 {
        number("the attempt", abi::PROP_ATTEMPT).unwrap_or(0)
    }
    /// Name of the source, or "".
    pub fn source(&self) -> String {
        prop("the source", abi::PROP_SOURCE, 0).unwrap_or_default()
    }
    /// The folder at the source, or "".
    pub fn folder(&self) -> String {
        prop("the folder", abi::PROP_FOLDER, 0).unwrap_or_default()
    }
    /// The message that failed; `None` when it was no message.
    pub fn message(&self) -> Option<FailedMessage> {
        let n = unsafe { abi::prop_u64(abi::PROP_UID) };
        if n < 0 {
            return None;
        }
        Some(FailedMessage::new())
    }
}
