//! Which functions are exported, and what they may answer.

use crate::{abi, begin, end, fault, Error};
use alloc::string::String;

/// What a hook returns: one of the types below, or a `Result` with one.
pub trait Answer<Allowed> {
    fn finish(self) -> i32;
}

/// What every hook may answer.
pub enum Opinion {
    /// The next plugin is asked. Changes that were made count.
    NoOpinion,
    /// No further plugin is asked. Changes that were made count.
    Accept,
}

/// What filters, `map_folder`, `rewrite_message` and `after_message` answer.
pub enum Verdict {
    NoOpinion,
    Accept,
    /// Left out, on purpose. The reason is shown in the report.
    Skip(String),
    /// Not now: asked again in the next run.
    Defer(String),
}

/// What `on_conflict` answers.
pub enum ConflictVerdict {
    NoOpinion,
    Accept,
    Skip(String),
    Defer(String),
    /// Copied beside the one that is there.
    Copy(String),
    /// Copied, then the one that is there is deleted.
    Replace(String),
}

/// What `before_task` and `on_error` answer.
pub enum RunVerdict {
    NoOpinion,
    Accept,
    Skip(String),
    Defer(String),
    /// The run ends here, and a person has to look at it.
    Stop(String),
}

fn with(code: i32, why: String) -> i32 {
    if !why.is_empty() {
        unsafe { abi::note(why.as_ptr(), why.len() as i32) };
    }
    code
}

impl Answer<Opinion> for Opinion {
    fn finish(self) -> i32 {
        match self {
            Opinion::NoOpinion => abi::RESULT_NO_OPINION,
            Opinion::Accept => abi::RESULT_ACCEPT,
        }
    }
}

impl Answer<Verdict> for Verdict {
    fn finish(self) -> i32 {
        match self {
            Verdict::NoOpinion => abi::RESULT_NO_OPINION,
            Verdict::Accept => abi::RESULT_ACCEPT,
            Verdict::Skip(why) => with(abi::RESULT_SKIP, why),
            Verdict::Defer(why) => with(abi::RESULT_DEFER, why),
        }
    }
}

impl Answer<ConflictVerdict> for ConflictVerdict {
    fn finish(self) -> i32 {
        match self {
            ConflictVerdict::NoOpinion => abi::RESULT_NO_OPINION,
            ConflictVerdict::Accept => abi::RESULT_ACCEPT,
            ConflictVerdict::Skip(why) => with(abi::RESULT_SKIP, why),
            ConflictVerdict::Defer(why) => with(abi::RESULT_DEFER, why),
            ConflictVerdict::Copy(why) => with(abi::RESULT_COPY, why),
            ConflictVerdict::Replace(why) => with(abi::RESULT_REPLACE, why),
        }
    }
}

impl Answer<RunVerdict> for RunVerdict {
    fn finish(self) -> i32 {
        match self {
            RunVerdict::NoOpinion => abi::RESULT_NO_OPINION,
            RunVerdict::Accept => abi::RESULT_ACCEPT,
            RunVerdict::Skip(why) => with(abi::RESULT_SKIP, why),
            RunVerdict::Defer(why) => with(abi::RESULT_DEFER, why),
            RunVerdict::Stop(why) => with(abi::RESULT_STOP, why),
        }
    }
}

impl<T, A: Answer<T>> Answer<T> for Result<A, Error> {
    fn finish(self) -> i32 {
        match self {
            Ok(answer) => answer.finish(),
            Err(why) => {
                fault(why);
                abi::RESULT_ERROR
            }
        }
    }
}

/// One call of a hook.
#[doc(hidden)]
pub fn call<T>(ask: impl FnOnce() -> Option<T>, finish: impl FnOnce(T) -> i32) -> i32 {
    begin();
    match ask() {
        Some(answer) => {
            let result = finish(answer);
            end(result)
        }
        None => {
            fault("the plugin was asked before it was started");
            end(abi::RESULT_ERROR)
        }
    }
}

/// The export `init`.
#[doc(hidden)]
pub fn call_start<S>(start: impl FnOnce() -> Result<S, Error>, keep: impl FnOnce(S)) -> i32 {
    begin();
    #[cfg(feature = "std")]
    std::panic::set_hook(std::boxed::Box::new(|panic| {
        crate::log(abi::LOG_ERROR, &alloc::string::ToString::to_string(panic));
    }));
    match start() {
        Ok(state) => keep(state),
        Err(why) => fault(why),
    }
    end(0)
}

/// Exports the functions of a plugin: `start` makes what the plugin keeps between calls -
/// from its configuration, say - and each hook is given that, and what it is asked about.
#[macro_export]
macro_rules! plugin {
    (start: $start:ident -> $state:ty $(, $hook:ident : $function:ident)* $(,)?) => {
        #[doc(hidden)]
        struct MailweirState(core::cell::RefCell<Option<$state>>);
        // A plugin has one thread.
        unsafe impl Sync for MailweirState {}
        static MAILWEIR_STATE: MailweirState = MailweirState(core::cell::RefCell::new(None));

        #[no_mangle]
        pub extern "C" fn abi_minor() -> i32 { $crate::abi::MINOR }

        #[no_mangle]
        pub extern "C" fn init() -> i32 {
            $crate::call_start($start, |state| *MAILWEIR_STATE.0.borrow_mut() = Some(state))
        }

        mod mailweir_hooks {
            use super::*;
            $($crate::hook! { $hook, $function })*
        }
    };
}

/// Exports one hook with the type of what it is asked about.
#[doc(hidden)]
#[macro_export]
macro_rules! hook {
    (map_folder, $f:ident) => { $crate::export! { map_folder, $f, $crate::Folder, $crate::Verdict } };
    (filter_envelope, $f:ident) => { $crate::export! { filter_envelope, $f, $crate::Message, $crate::Verdict } };
    (filter_message, $f:ident) => { $crate::export! { filter_message, $f, $crate::Message, $crate::Verdict } };
    (map_flags, $f:ident) => { $crate::export! { map_flags, $f, $crate::FlagSet, $crate::Opinion } };
    (rewrite_message, $f:ident) => { $crate::export! { rewrite_message, $f, $crate::Rewrite, $crate::Verdict } };
    (message_key, $f:ident) => { $crate::export! { message_key, $f, $crate::Key, $crate::Opinion } };
    (on_conflict, $f:ident) => { $crate::export! { on_conflict, $f, $crate::Conflict, $crate::ConflictVerdict } };
    (after_message, $f:ident) => { $crate::export! { after_message, $f, $crate::Copied, $crate::Verdict } };
    (before_task, $f:ident) => { $crate::export! { before_task, $f, $crate::Run, $crate::RunVerdict } };
    (after_folder, $f:ident) => { $crate::export! { after_folder, $f, $crate::Run, $crate::Opinion } };
    (after_task, $f:ident) => { $crate::export! { after_task, $f, $crate::Run, $crate::Opinion } };
    (on_error, $f:ident) => { $crate::export! { on_error, $f, $crate::Failure, $crate::RunVerdict } };
}

#[doc(hidden)]
#[macro_export]
macro_rules! export {
    ($hook:ident, $f:ident, $about:ty, $allowed:ty) => {
        #[no_mangle]
        pub extern "C" fn $hook() -> i32 {
            $crate::call(
                || super::MAILWEIR_STATE.0.borrow_mut().as_mut().map(|state| super::$f(state, &<$about>::new())),
                |answer| $crate::Answer::<$allowed>::finish(answer),
            )
        }
    };
}
