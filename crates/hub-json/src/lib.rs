//! One strict reader for every JSON text this workspace takes from outside: token headers, claims,
//! JWKs, deployment files.
//!
//! # Guarantee
//!
//! A text that this crate accepts has the same members and strings for every correct JSON reader.
//! What could be read in two ways, or exhausts the reader, is refused, wherever it stands: in
//! members that the target type ignores and in generic payloads too.
//!
//! | rule | refused with | source |
//! |---|---|---|
//! | not longer than the limit; looked at before anything else | [`Error::TooLarge`] | RFC 8259 section 9 |
//! | no byte order mark | [`Error::ByteOrderMark`] | RFC 8259 section 8.1 |
//! | strict UTF-8 | [`Error::NotUtf8`] | RFC 7493 section 2.1 |
//! | no lone surrogates, in values or in names | [`Error::LoneSurrogate`] | RFC 7493 section 2.1 |
//! | no member twice in an object, compared after unescaping | [`Error::DuplicateMember`] | RFC 7493 section 2.3, RFC 7515 section 4, RFC 7519 section 4 |
//! | containers nested at most [`Limits::depth`] deep | [`Error::TooDeep`] | RFC 8259 section 9 |
//! | every number finite as an IEEE 754 double | [`Error::NumberRange`] | RFC 7493 section 2.2 |
//! | no member that serde_json would take for its own instructions | [`Error::ReservedMember`] | below |
//! | nothing but one JSON text, with white space around it at most | [`Error::Syntax`] | RFC 8259 section 2 |
//!
//! Errors never show a value: only where the fault stands (a JSON Pointer of member names, each cut
//! to 64 characters, or line and column), and what was expected there. Serde's own messages quote
//! the offending value, so they are rewritten.
//!
//! # Numbers
//!
//! Kept as RFC 8259 has them, within the range of a double. `-0` is a number and reads as the float
//! -0.0, so an integer member refuses it. An integer beyond `u64` or `i64` reads as a rounded
//! float, so an integer member refuses that too: no integer is ever wrapped or truncated. What must
//! stay exact beyond that belongs in a string.
//!
//! # Example
//!
//! ```
//! use hub_json::{Error, Limits};
//!
//! #[derive(serde::Deserialize)]
//! struct Header<'a> {
//!     alg: &'a str,
//! }
//!
//! const HEADER: Limits = Limits::new(2048);
//!
//! let header: Header<'_> = hub_json::from_object(br#"{"alg": "PS256", "typ": "JWT"}"#, HEADER)?;
//! assert_eq!(header.alg, "PS256");
//!
//! // The second `typ` is spelled with an escape, and nobody asked for `typ`: refused all the same.
//! let twice = br#"{"alg": "PS256", "typ": "JWT", "t\u0079p": "JOSE"}"#;
//! let refused = hub_json::from_object::<Header<'_>>(twice, HEADER).err();
//! assert_eq!(refused, Some(Error::DuplicateMember { at: "/typ".into() }));
//! # Ok::<(), Error>(())
//! ```
//!
//! # How it works
//!
//! Every text is read twice. First a scanner of our own checks all the rules above, without
//! recursion and without allocating for values; then serde_json reads the text into the target
//! type. Since both must accept, the scanner can only refuse more than serde_json, never admit what
//! is not JSON. It does not run on serde_json because cargo features that any other crate of a
//! build may switch on (`arbitrary_precision`, `raw_value`, `unbounded_depth`) change what
//! serde_json shows to its callers. With `raw_value`, for one, an object whose first member is
//! named `$serde_json::private::RawValue` is replaced by the parsed content of that member's
//! string, which no check of the outer text has seen: hence the rule on reserved members.
//!
//! # Module map
//!
//! | module | holds |
//! |---|---|
//! | `scan` | the scanner: nesting and names, over `cursor` |
//! | `cursor` | strings, numbers and words |
//! | `items` | lists whose items are judged one by one |
//! | `shape` | serde's errors without the values they quote |
//! | `pointer` | JSON Pointers that are safe to show |
//! | `error` | [`Error`] |

mod cursor;
mod error;
mod items;
mod pointer;
mod scan;
mod shape;

use serde::Deserialize;
use serde_json::Value;

pub use crate::error::Error;

/// How long and how deep a JSON text may be.
///
/// There is no default size: whoever reads knows what the text is, and says how long one may be.
///
/// ```
/// use hub_json::{Error, Limits};
///
/// const FLAT: Limits = Limits::new(64).depth(1);
///
/// assert_eq!(hub_json::check(br#"{"a": 1}"#, FLAT), Ok(()));
/// assert_eq!(hub_json::check(br#"{"a": []}"#, FLAT), Err(Error::TooDeep { limit: 1 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    octets: usize,
    depth: u8,
}

impl Limits {
    /// The depth that [`Limits::new`] sets.
    pub const DEFAULT_DEPTH: u8 = 16;

    /// The largest depth there is: serde_json goes no deeper.
    pub const MAX_DEPTH: u8 = 127;

    /// At most `max_octets` octets, white space included, and [`Limits::DEFAULT_DEPTH`] levels.
    #[must_use]
    pub const fn new(max_octets: usize) -> Self {
        Self { octets: max_octets, depth: Self::DEFAULT_DEPTH }
    }

    /// At most `levels` objects and arrays inside each other; more than [`Limits::MAX_DEPTH`]
    /// counts as that.
    ///
    /// A scalar alone has depth 0, an object of scalars depth 1.
    #[must_use]
    pub const fn depth(self, levels: u8) -> Self {
        let depth = if levels > Self::MAX_DEPTH { Self::MAX_DEPTH } else { levels };
        Self { depth, ..self }
    }
}

/// Reads one JSON text into `T`, which may borrow from `bytes`.
///
/// Members that `T` ignores are held to the same rules as those it reads.
///
/// ```
/// # use hub_json::Limits;
/// let audience: Vec<&str> = hub_json::from_slice(br#"["https://auth1.example"]"#, Limits::new(256))?;
/// assert_eq!(audience, ["https://auth1.example"]);
/// # Ok::<(), hub_json::Error>(())
/// ```
///
/// # Errors
/// Any rule of the [crate's table](crate#guarantee), and [`Error::Shape`] if the text is sound but
/// not what `T` asks for.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8], limits: Limits) -> Result<T, Error> {
    shape::read(checked(bytes, limits)?)
}

/// Reads one JSON text whose top level must be an object, as RFC 7515 section 4 and RFC 7519
/// section 7.2 ask of headers and claims.
///
/// Serde would also fill a struct from an array, by position; this refuses it.
///
/// # Errors
/// As [`from_slice`], and [`Error::NotAnObject`].
pub fn from_object<'de, T: Deserialize<'de>>(bytes: &'de [u8], limits: Limits) -> Result<T, Error> {
    let text = checked(bytes, limits)?;
    if !text.trim_start().starts_with('{') {
        return Err(Error::NotAnObject);
    }
    shape::read(text)
}

/// Reads one JSON text of any shape, for readers that go through it piece by piece and collect what
/// they find wrong.
///
/// What this returns has passed every rule at any depth. Deserialising a part of it needs no second
/// check, but yields serde_json's error, which quotes values: do not log that.
///
/// # Errors
/// As [`check`].
pub fn value(bytes: &[u8], limits: Limits) -> Result<Value, Error> {
    from_slice(bytes, limits)
}

/// Checks one JSON text against every rule, reading it into nothing.
///
/// # Errors
/// Any rule of the [crate's table](crate#guarantee).
pub fn check(bytes: &[u8], limits: Limits) -> Result<(), Error> {
    checked(bytes, limits).map(drop)
}

/// Takes the items out of the array `member` of an object, each as its own text, so that a fault
/// inside one condemns that one alone.
///
/// For lists whose members are to be judged one by one, such as the `keys` of a JWK Set (RFC 7517
/// section 5). All that surrounds the items is held to every rule here. Of an item itself only the
/// grammar is checked: read each with [`from_slice`] or [`from_object`], whose places and depth
/// count from the item.
///
/// ```
/// # use hub_json::Limits;
/// const SET: Limits = Limits::new(64 * 1024);
///
/// let set = br#"{"keys": [{"kid": "a", "kid": "b"}, {"kid": "c"}]}"#;
/// let keys = hub_json::items(set, "keys", SET)?;
/// let verdicts: Vec<bool> = keys.iter().map(|key| hub_json::check(key, SET).is_ok()).collect();
/// assert_eq!(verdicts, [false, true]);
/// # Ok::<(), hub_json::Error>(())
/// ```
///
/// # Errors
/// Any rule of the [crate's table](crate#guarantee) broken around the items,
/// [`Error::NotAnObject`], and [`Error::Shape`] if there is no array `member`.
pub fn items<'a>(bytes: &'a [u8], member: &str, limits: Limits) -> Result<Vec<&'a [u8]>, Error> {
    let items = items::items(decoded(bytes, limits)?, member, limits.depth)?;
    Ok(items.into_iter().map(str::as_bytes).collect())
}

/// The text, once every rule holds that does not depend on the target type.
fn checked(bytes: &[u8], limits: Limits) -> Result<&str, Error> {
    let text = decoded(bytes, limits)?;
    scan::scan(text, limits.depth)?;
    Ok(text)
}

/// The text, once its size and encoding are right.
fn decoded(bytes: &[u8], limits: Limits) -> Result<&str, Error> {
    if bytes.len() > limits.octets {
        return Err(Error::TooLarge { limit: limits.octets, found: bytes.len() });
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        return Err(Error::ByteOrderMark);
    }
    str::from_utf8(bytes).map_err(|_| Error::NotUtf8)
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
