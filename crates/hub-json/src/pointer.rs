use core::fmt::Write as _;

/// A JSON Pointer (RFC 6901) under construction, made to be shown.
///
/// Names come from whoever sent the text, so they are cut to [`MAX_NAME`] characters, and what
/// could forge a log line is escaped.
#[derive(Debug, Default)]
pub(crate) struct Pointer(String);

impl Pointer {
    /// Steps into the member `name` of an object.
    pub(crate) fn member(&mut self, name: &str) {
        self.0.push('/');
        let mut characters = name.chars();
        for character in characters.by_ref().take(MAX_NAME) {
            match character {
                '~' => self.0.push_str("~0"),
                '/' => self.0.push_str("~1"),
                other => self.0.extend(other.escape_debug()),
            }
        }
        if characters.next().is_some() {
            self.0.push('…');
        }
    }

    /// Steps into the item `index`, counted from 0, of an array.
    pub(crate) fn item(&mut self, index: usize) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "/{index}");
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(names: &[&str]) -> String {
        let mut pointer = Pointer::default();
        names.iter().for_each(|name| pointer.member(name));
        pointer.into_string()
    }

    #[test]
    fn names_are_escaped_for_the_pointer_and_for_the_log() {
        for (names, expected) in [
            (&[][..], ""),
            (&["iss"], "/iss"),
            (&["message", "Data"], "/message/Data"),
            (&["", "a"], "//a"),
            (&["a/b~c"], "/a~1b~0c"),
            (&["a\nb\u{202e}c"], "/a\\nb\\u{202e}c"),
            (&["الاسم"], "/الاسم"),
        ] {
            assert_eq!(pointer(names), expected);
        }
    }

    #[test]
    fn a_name_of_64_characters_is_whole_and_one_of_65_is_cut() {
        assert_eq!(pointer(&[&"é".repeat(64)]), format!("/{}", "é".repeat(64)));
        assert_eq!(pointer(&[&"é".repeat(65)]), format!("/{}…", "é".repeat(64)));
    }

    #[test]
    fn items_are_counted_from_zero() {
        let mut pointer = Pointer::default();
        pointer.member("keys");
        pointer.item(0);
        assert_eq!(pointer.into_string(), "/keys/0");
    }
}
