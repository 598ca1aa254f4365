//! Base64url without padding, in exactly one spelling (RFC 7515 section 2).

use base64ct::{Base64UrlUnpadded, Encoding};

/// The one spelling of `octets`.
pub(crate) fn encode(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

/// How long the spelling of so many octets is.
pub(crate) const fn encoded_len(octets: usize) -> usize {
    (octets * 8).div_ceil(6)
}

/// The octets, if `text` is their one spelling: URL alphabet, no padding, no white space, unused bits zero.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
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
