//! The compact serialisation: segments between dots (RFC 7515 section 7.1, RFC 7516 section 7.1).

use crate::base64url;
use crate::error::TokenRule;

/// Splits `text` into exactly `N` segments. The scan stops at the first dot too many, and looks at nothing beyond `limit` octets.
pub(crate) fn segments<const N: usize>(text: &str, limit: usize) -> Result<[&str; N], TokenRule> {
    if text.len() > limit {
        return Err(TokenRule::TooLarge { limit, found: text.len() });
    }
    let mut found = text.splitn(N + 1, '.');
    let segments = [(); N].map(|()| found.next());
    match (found.next(), segments.map(Option::unwrap_or_default)) {
        (None, all) if segments.iter().all(Option::is_some) => Ok(all),
        _ => Err(TokenRule::Segments { expected: N }),
    }
}

/// The octets of the segment that `name` names in errors.
pub(crate) fn decode(name: &'static str, segment: &str) -> Result<Vec<u8>, TokenRule> {
    base64url::decode(segment).ok_or(TokenRule::Base64Url { segment: name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_segments_is_exact() {
        assert_eq!(segments::<3>("a.b.c", 5), Ok(["a", "b", "c"]));
        assert_eq!(segments::<3>("..", 5), Ok(["", "", ""]));
        assert_eq!(segments::<5>("a.b.c.d.e", 9), Ok(["a", "b", "c", "d", "e"]));
        for text in ["", "a", "a.b", "a.b.c.d", "a.b.c.", ".a.b.c", "{\"payload\":\"\"}"] {
            assert_eq!(segments::<3>(text, 100), Err(TokenRule::Segments { expected: 3 }), "{text}");
        }
    }

    #[test]
    fn the_size_comes_first() {
        assert_eq!(segments::<3>("a.b.c", 4), Err(TokenRule::TooLarge { limit: 4, found: 5 }));
        let dots = ".".repeat(1 << 20);
        assert_eq!(segments::<3>(&dots, dots.len()), Err(TokenRule::Segments { expected: 3 }));
    }
}
