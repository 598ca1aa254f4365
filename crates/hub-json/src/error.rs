use thiserror::Error;

/// Why a JSON text was refused.
///
/// Safe to log and to hand on: no variant carries a value of the text. Positions count from 1,
/// columns in octets. `at` is a JSON Pointer (RFC 6901) from the top level, which is the empty
/// pointer; names in it are cut to 64 characters, and control characters are escaped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is longer than the limit; nothing of it was read.
    #[error("JSON text of {found} octets, at most {limit} are allowed")]
    TooLarge {
        /// The limit, in octets.
        limit: usize,
        /// The length of the text, in octets.
        found: usize,
    },

    /// The text starts with a byte order mark.
    #[error("JSON text starts with a byte order mark, save it as UTF-8 without one")]
    ByteOrderMark,

    /// The text is not strict UTF-8: another encoding, an overlong form, or an encoded surrogate.
    #[error("JSON text is not UTF-8")]
    NotUtf8,

    /// An object has two members of one name, perhaps one of them spelled with an escape.
    #[error("JSON member \"{at}\" appears twice")]
    DuplicateMember {
        /// The member.
        at: String,
    },

    /// A member's name is one by which serde_json passes instructions to itself.
    #[error("JSON member \"{at}\" has a name that is reserved")]
    ReservedMember {
        /// The member.
        at: String,
    },

    /// Objects and arrays are nested deeper than the limit.
    #[error("JSON text is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit, in levels.
        limit: u8,
    },

    /// A `\u` escape is half of a surrogate pair without its other half.
    #[error("lone surrogate in a JSON string at line {line} column {column}")]
    LoneSurrogate {
        /// The escape's line.
        line: usize,
        /// The escape's column.
        column: usize,
    },

    /// A number's magnitude is beyond that of an IEEE 754 double.
    #[error("JSON number out of range at line {line} column {column}")]
    NumberRange {
        /// The number's line.
        line: usize,
        /// The number's column.
        column: usize,
    },

    /// The text is not JSON, or more than one JSON text.
    #[error("not JSON at line {line} column {column}: {problem}")]
    Syntax {
        /// The line of the first octet that does not fit.
        line: usize,
        /// The column of that octet.
        column: usize,
        /// What would have fitted.
        problem: &'static str,
    },

    /// The top level must be an object and is something else.
    #[error("JSON text is not an object")]
    NotAnObject,

    /// The text is sound JSON, but not what its reader asks for: a member missing, of another type,
    /// or refused by its type.
    #[error("JSON at \"{at}\": {problem}")]
    Shape {
        /// The value in question, or the object that lacks a member.
        at: String,
        /// What is missing or was expected there.
        problem: String,
    },
}

impl Error {
    /// A stable name of the rule, for logs, metrics and tests: `json.` and the variant in snake
    /// case.
    ///
    /// ```
    /// # use hub_json::{Limits, check};
    /// assert_eq!(check(b"[1e999]", Limits::new(64)).map_err(|error| error.code()), Err("json.number_range"));
    /// ```
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "json.too_large",
            Self::ByteOrderMark => "json.byte_order_mark",
            Self::NotUtf8 => "json.not_utf8",
            Self::DuplicateMember { .. } => "json.duplicate_member",
            Self::ReservedMember { .. } => "json.reserved_member",
            Self::TooDeep { .. } => "json.too_deep",
            Self::LoneSurrogate { .. } => "json.lone_surrogate",
            Self::NumberRange { .. } => "json.number_range",
            Self::Syntax { .. } => "json.syntax",
            Self::NotAnObject => "json.not_an_object",
            Self::Shape { .. } => "json.shape",
        }
    }
}
