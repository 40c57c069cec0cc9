//! Folders, messages, flags and parts. Each is valid during one call of a hook.

use crate::{abi, check, denied, number, prop, text};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

const SYSTEM: [(&str, i64); 5] = [
    ("\\Seen", abi::FLAG_SEEN),
    ("\\Answered", abi::FLAG_ANSWERED),
    ("\\Flagged", abi::FLAG_FLAGGED),
    ("\\Deleted", abi::FLAG_DELETED),
    ("\\Draft", abi::FLAG_DRAFT),
];

fn list_flags(bits: i32, keyword: i32) -> Vec<String> {
    let bits = number("the flags", bits).unwrap_or(0);
    let mut out: Vec<String> = SYSTEM.iter().filter(|f| bits & f.1 != 0).map(|f| f.0.into()).collect();
    out.extend((0..).map_while(|i| prop("the flags", keyword, i)));
    out
}

fn change_flags(op: i32, flags: &[&str]) {
    let list = flags.join(" ");
    check("the flags", unsafe { abi::flags(op, list.as_ptr(), list.len() as i32) });
}

fn date(id: i32) -> Option<i64> {
    number("the date", id).map(|n| n - abi::DATE_EPOCH)
}

fn set_target(name: &str) {
    check("the target", unsafe { abi::set_folder(name.as_ptr(), name.len() as i32) });
}

pub(crate) fn note(why: &str) {
    check("the note", unsafe { abi::note(why.as_ptr(), why.len() as i32) });
}

/// A folder of a source, on its way to the target. Names are UTF-8 with "/" between the
/// levels.
pub struct Folder(());

impl Folder {
    #[doc(hidden)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Folder(())
    }
    /// Name of the source within the task.
    pub fn source(&self) -> String {
        prop("the source", abi::PROP_SOURCE, 0).unwrap_or_default()
    }
    /// The folder's name at the source.
    pub fn name(&self) -> String {
        prop("the folder", abi::PROP_FOLDER, 0).unwrap_or_default()
    }
    /// Where it would go, as the plugins before left it.
    pub fn target(&self) -> String {
        prop("the target", abi::PROP_TARGET, 0).unwrap_or_default()
    }
    /// Its special use without backslash, such as "Sent"; "" for an ordinary folder.
    pub fn special_use(&self) -> String {
        prop("the special use", abi::PROP_USE, 0).unwrap_or_default()
    }
    /// Number of messages, if the source told it.
    pub fn messages(&self) -> Option<i64> {
        number("the number of messages", abi::PROP_FOLDER_MESSAGES)
    }
    pub fn subscribed(&self) -> bool {
        number("the subscription", abi::PROP_SUBSCRIBED) == Some(1)
    }
    /// Whether it can hold messages.
    pub fn selectable(&self) -> bool {
        number("selectable", abi::PROP_SELECTABLE) == Some(1)
    }
    /// Changes where it goes. A name that can not be makes the hook fail.
    pub fn set_target(&self, name: &str) {
        set_target(name)
    }
    /// Sets the reason that plan and report show.
    pub fn note(&self, why: &str) {
        note(why)
    }
}

/// What can be read of a message, in every hook about one.
pub struct Facts(());

impl Facts {
    /// Name of the source within the task.
    pub fn source(&self) -> String {
        prop("the source", abi::PROP_SOURCE, 0).unwrap_or_default()
    }
    /// Name of its folder at the source.
    pub fn folder(&self) -> String {
        prop("the folder", abi::PROP_FOLDER, 0).unwrap_or_default()
    }
    /// Special use of that folder, or "".
    pub fn folder_use(&self) -> String {
        prop("the special use", abi::PROP_USE, 0).unwrap_or_default()
    }
    /// The folder that it goes to, as the plugins before left it.
    pub fn target(&self) -> String {
        prop("the target", abi::PROP_TARGET, 0).unwrap_or_default()
    }
    pub fn uid(&self) -> i64 {
        number("the UID", abi::PROP_UID).unwrap_or(0)
    }
    /// Bytes; before the download some servers only estimate it.
    pub fn size(&self) -> i64 {
        number("the size", abi::PROP_SIZE).unwrap_or(0)
    }
    /// When it arrived, in seconds since 1970, if the source knows.
    pub fn date(&self) -> Option<i64> {
        date(abi::PROP_DATE)
    }
    /// All flags, the system flags first.
    pub fn flags(&self) -> Vec<String> {
        list_flags(abi::PROP_FLAGS, abi::PROP_KEYWORD)
    }
    /// Whether it has a flag, in any letter case.
    pub fn has(&self, flag: &str) -> bool {
        self.flags().iter().any(|f| f.eq_ignore_ascii_case(flag))
    }
    /// The first header field of this name, unfolded and decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        self.header_at(name, 0, abi::HEADER_DECODED)
    }
    /// The same as it was sent.
    pub fn raw_header(&self, name: &str) -> Option<String> {
        self.header_at(name, 0, abi::HEADER_RAW)
    }
    /// All header fields of this name, from the top.
    pub fn headers(&self, name: &str) -> Vec<String> {
        (0..).map_while(|i| self.header_at(name, i, abi::HEADER_DECODED)).collect()
    }
    fn header_at(&self, name: &str, index: i32, mode: i32) -> Option<String> {
        text("the header", |dst, cap| unsafe {
            abi::header_get(name.as_ptr(), name.len() as i32, index, mode, dst, cap)
        })
    }
    /// The names of all header fields, from the top.
    pub fn header_names(&self) -> Vec<String> {
        (0..)
            .map_while(|i| text("the header", |dst, cap| unsafe { abi::header_name(i, dst, cap) }))
            .collect()
    }
    /// Copies bytes of the whole message from an offset; 0 is the end. The message has to
    /// be here: `filter_message`, `rewrite_message`, `after_message`, with needs "body".
    pub fn read(&self, offset: i64, to: &mut [u8]) -> usize {
        read_part(abi::PART_WHOLE, offset, to)
    }
    /// SHA-256 of all that can be read of the message, in hexadecimal digits.
    pub fn hash(&self) -> String {
        prop("the hash", abi::PROP_HASH, 0).unwrap_or_default()
    }
    /// Its MIME parts, in their order; one that holds others comes before them.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        (0..number("the parts", abi::PROP_PARTS).unwrap_or(0) as i32).map(Part)
    }
    /// Sets the reason that the report shows.
    pub fn note(&self, why: &str) {
        note(why)
    }
}

fn read_part(part: i32, offset: i64, to: &mut [u8]) -> usize {
    let n = unsafe { abi::body_read(part, offset, to.as_mut_ptr(), to.len() as i32) };
    denied("the body", n.into());
    n.max(0) as usize
}

/// A MIME part of a message.
pub struct Part(i32);

impl Part {
    fn text(&self, id: i32) -> String {
        text("a part", |dst, cap| unsafe { abi::part_str(self.0, id, dst, cap) }).unwrap_or_default()
    }
    fn number(&self, id: i32) -> i64 {
        let n = unsafe { abi::part_u64(self.0, id) };
        denied("a part", n);
        n.max(0)
    }
    /// Media type in lower case, such as "text/plain".
    pub fn media_type(&self) -> String {
        self.text(abi::PART_TYPE)
    }
    pub fn charset(&self) -> String {
        self.text(abi::PART_CHARSET)
    }
    pub fn filename(&self) -> String {
        self.text(abi::PART_FILENAME)
    }
    pub fn disposition(&self) -> String {
        self.text(abi::PART_DISPOSITION)
    }
    /// Bytes of what `read` gives.
    pub fn size(&self) -> i64 {
        self.number(abi::PART_SIZE)
    }
    /// 0 for the top part, 1 for the parts in it.
    pub fn depth(&self) -> i64 {
        self.number(abi::PART_DEPTH)
    }
    /// Whether it holds data, and not other parts.
    pub fn is_leaf(&self) -> bool {
        self.number(abi::PART_LEAF) == 1
    }
    /// Copies bytes from an offset, the transfer encoding undone; 0 is the end.
    pub fn read(&self, offset: i64, to: &mut [u8]) -> usize {
        read_part(self.0, offset, to)
    }
}

/// A message at the target.
pub struct Stored(());

impl Stored {
    pub fn uid(&self) -> Option<i64> {
        number("the UID at the target", abi::PROP_TARGET_UID)
    }
    pub fn uid_validity(&self) -> Option<i64> {
        number("the UIDVALIDITY of the target", abi::PROP_TARGET_UID_VALIDITY)
    }
    pub fn size(&self) -> i64 {
        number("the size at the target", abi::PROP_TARGET_SIZE).unwrap_or(0)
    }
    /// In seconds since 1970; in `on_conflict` only, as the flags.
    pub fn date(&self) -> Option<i64> {
        date(abi::PROP_TARGET_DATE)
    }
    pub fn flags(&self) -> Vec<String> {
        list_flags(abi::PROP_TARGET_FLAGS, abi::PROP_TARGET_KEYWORD)
    }
    pub fn has(&self, flag: &str) -> bool {
        self.flags().iter().any(|f| f.eq_ignore_ascii_case(flag))
    }
}

macro_rules! about_message {
    ($($(#[$doc:meta])* $name:ident),*) => { $(
        $(#[$doc])*
        pub struct $name(Facts);
        impl $name {
            #[doc(hidden)]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self { $name(Facts(())) }
        }
        impl Deref for $name {
            type Target = Facts;
            fn deref(&self) -> &Facts { &self.0 }
        }
    )* };
}

about_message! {
    /// A message that filters decide about.
    Message,
    /// A message that can be changed before it is stored.
    Rewrite,
    /// A message of which it is asked what makes it the same as another one.
    Key,
    /// A message that the target has already, but not quite the same.
    Conflict,
    /// A message that was copied.
    Copied,
    /// A message that failed.
    FailedMessage
}

impl Message {
    /// Changes the folder that it goes to. A name that can not be makes the hook fail.
    pub fn set_target(&self, name: &str) {
        set_target(name)
    }
    /// Adds flags to the copy.
    pub fn add_flags(&self, flags: &[&str]) {
        change_flags(abi::FLAGS_ADD, flags)
    }
    /// Removes flags from the copy.
    pub fn remove_flags(&self, flags: &[&str]) {
        change_flags(abi::FLAGS_REMOVE, flags)
    }
    /// Gives the copy these flags and no others.
    pub fn set_flags(&self, flags: &[&str]) {
        change_flags(abi::FLAGS_REPLACE, flags)
    }
    /// Changes the internal date of the copy: seconds since 1970, and the zone in minutes
    /// east of UTC.
    pub fn set_date(&self, seconds: i64, zone: i32) {
        check("the date", unsafe { abi::set_date(seconds, zone) })
    }
}

impl Rewrite {
    /// How many versions of the message the target has refused.
    pub fn attempt(&self) -> i64 {
        number("the attempt", abi::PROP_ATTEMPT).unwrap_or(0)
    }
    /// What the target answered to the last version, or "".
    pub fn refusal(&self) -> String {
        prop("the refusal", abi::PROP_ERROR, 0).unwrap_or_default()
    }
    fn put(&self, op: i32, name: &str, value: &str) {
        check("the header", unsafe {
            abi::header_put(op, name.as_ptr(), name.len() as i32, value.as_ptr(), value.len() as i32)
        })
    }
    /// Replaces the first field of this name and removes the others; adds one on top when
    /// there is none. Everything else stays byte for byte.
    pub fn set_header(&self, name: &str, value: &str) {
        self.put(abi::HEADER_SET, name, value)
    }
    /// Adds a field on top.
    pub fn add_header(&self, name: &str, value: &str) {
        self.put(abi::HEADER_ADD, name, value)
    }
    /// Removes all fields of this name.
    pub fn remove_header(&self, name: &str) {
        self.put(abi::HEADER_REMOVE, name, "")
    }
    /// Appends to a whole new message, with CR LF line ends, that is stored in place of
    /// this one.
    pub fn write(&self, data: &[u8]) {
        check("the message", unsafe { abi::out_write(data.as_ptr(), data.len() as i32) })
    }
}

impl Key {
    /// Whether the message is one of the target.
    pub fn at_target(&self) -> bool {
        number("the side", abi::PROP_SIDE) == Some(1)
    }
    /// What makes the message the same as another one; "" leaves it to mailweir.
    pub fn set(&self, key: &str) {
        check("the key", unsafe { abi::set_key(key.as_ptr(), key.len() as i32) })
    }
}

impl Conflict {
    /// The message at the target.
    pub fn there(&self) -> Stored {
        Stored(())
    }
}

impl Copied {
    /// The copy.
    pub fn stored(&self) -> Stored {
        Stored(())
    }
    /// The same whenever this message is asked about again, and different for any other.
    pub fn once_key(&self) -> String {
        prop("the key", abi::PROP_ONCE_KEY, 0).unwrap_or_default()
    }
    /// How often the hook has failed or deferred before.
    pub fn attempt(&self) -> i64 {
        number("the attempt", abi::PROP_ATTEMPT).unwrap_or(0)
    }
    /// With `Verdict::Defer`: when to ask again at the earliest.
    pub fn retry_after(&self, milliseconds: i64) {
        check("the time", unsafe { abi::retry_after(milliseconds) })
    }
}

/// A set of flags on its way to a folder of the target.
pub struct FlagSet(());

impl FlagSet {
    #[doc(hidden)]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        FlagSet(())
    }
    /// The folder that they go to.
    pub fn target(&self) -> String {
        prop("the target", abi::PROP_TARGET, 0).unwrap_or_default()
    }
    /// The set, the system flags first.
    pub fn flags(&self) -> Vec<String> {
        list_flags(abi::PROP_FLAGS, abi::PROP_KEYWORD)
    }
    pub fn has(&self, flag: &str) -> bool {
        self.flags().iter().any(|f| f.eq_ignore_ascii_case(flag))
    }
    /// The flags that the target folder keeps; `None` is all.
    pub fn kept(&self) -> Option<Vec<String>> {
        let n = number("the kept flags", abi::PROP_KEPT)?;
        Some((0..n as i32).filter_map(|i| prop("the kept flags", abi::PROP_KEPT_FLAG, i)).collect())
    }
    pub fn add(&self, flags: &[&str]) {
        change_flags(abi::FLAGS_ADD, flags)
    }
    pub fn remove(&self, flags: &[&str]) {
        change_flags(abi::FLAGS_REMOVE, flags)
    }
    pub fn set(&self, flags: &[&str]) {
        change_flags(abi::FLAGS_REPLACE, flags)
    }
}
