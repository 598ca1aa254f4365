//! Base64url without padding, in exactly one spelling (RFC 7515 section 2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64ct::{Base64UrlUnpadded, Encoding};

/// The one spelling of `octets`.
pub(crate) fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// The same, in a time that does not depend on the octets: for what is a secret by itself.
pub(crate) fn encode_secret(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

/// Writes the one spelling of `octets` behind `text`. What it writes is to be public: a part of it stays behind on the stack.
pub(crate) fn append(text: &mut String, octets: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(octets, text);
}

/// How long the spelling of so many octets is.
pub(crate) const fn encoded_len(octets: usize) -> usize {
    (octets * 8).div_ceil(6)
}

/// The octets, if `text` is their one spelling: URL alphabet, no padding, no white space, unused bits zero.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_one_spelling_is_read() {
        for text in ["", "AA", "AAA", "AAAA", "-_-_", "_w", "__8"] {
            assert!(decode(text).is_some(), "{text:?}");
        }
        let others = [
            ("padding", "AA=="),
            ("half padding", "AA="),
            ("only padding", "===="),
            ("standard alphabet", "+/+/"),
            ("white space around", " AA"),
            ("line break at the end", "AA\n"),
            ("white space inside", "A A"),
            ("unused bits of one octet", "AB"),
            ("unused bits of two octets", "AAB"),
            ("unused bits after a whole group", "AAAA_x"),
            ("one character left over", "A"),
            ("one character after a whole group", "AAAAA"),
            ("not ASCII", "AAAé"),
            ("a dot", "AA.A"),
            ("a null", "AA\0A"),
        ];
        for (what, text) in others {
            assert_eq!(decode(text), None, "{what}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = encode(&octets);
            prop_assert_eq!(text.len(), encoded_len(octets.len()));
            prop_assert_eq!(&encode_secret(&octets), &text);
            let mut appended = String::from("a.");
            append(&mut appended, &octets);
            prop_assert_eq!(appended, format!("a.{text}"));
            prop_assert_eq!(decode(&text), Some(octets));
        }

        #[test]
        fn what_is_read_is_written_back(text in "[A-Za-z0-9_=+/ -]{0,12}") {
            if let Some(octets) = decode(&text) {
                prop_assert_eq!(encode(&octets), text);
            }
        }
    }
}
