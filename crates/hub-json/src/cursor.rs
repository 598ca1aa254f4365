use crate::error::Error;

/// A position in a text, and the scalars of JSON that can be read there.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Takes the next octet if it is `octet`.
    pub(crate) fn take(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn skip_white_space(&mut self) {
        self.skip_while(|octet| matches!(octet, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Reads a string after its opening quote.
    pub(crate) fn string(&mut self) -> Result<Quoted<'a>, Error> {
        let start = self.at.saturating_sub(1);
        let mut escaped = false;
        loop {
            self.skip_plain();
            if self.take(b'"') {
                return Ok(Quoted { text: self.since(start), escaped });
            }
            if !self.take(b'\\') {
                return Err(self.syntax(match self.peek() {
                    Some(_) => "control character in a string",
                    None => "string without an end",
                }));
            }
            self.escape()?;
            escaped = true;
        }
    }

    /// Reads a number.
    pub(crate) fn number(&mut self) -> Result<(), Error> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let number = self.since(start);
        if number.len() <= SURELY_FINITE && !number.contains(['e', 'E']) {
            return Ok(());
        }
        // serde_json's own conversion, so that both readings draw the line at the same number.
        serde_json::from_str::<f64>(number).map(drop).map_err(|_| {
            let (line, column) = self.line_and_column(start);
            Error::NumberRange { line, column }
        })
    }

    /// Reads one of JSON's three words.
    pub(crate) fn word(&mut self) -> Result<(), Error> {
        let Some(word) = ["true", "false", "null"].into_iter().find(|word| self.rest().starts_with(word.as_bytes()))
        else {
            return Err(self.syntax("expected a value"));
        };
        self.at += word.len();
        Ok(())
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// The error for an octet, or an end, where `problem` says that it does not belong.
    pub(crate) fn syntax(&self, problem: &'static str) -> Error {
        let (line, column) = self.line_and_column(self.at);
        Error::Syntax { line, column, problem }
    }

    /// Reads an escape after its backslash, or two escapes that make a surrogate pair.
    fn escape(&mut self) -> Result<(), Error> {
        let start = self.at.saturating_sub(1);
        if !self.take(b'u') {
            return match SHORT_ESCAPES.iter().any(|&short| self.take(short)) {
                true => Ok(()),
                false => Err(self.syntax("unknown escape in a string")),
            };
        }
        let paired = match self.code_unit()? {
            0xD800..0xDC00 => self.take(b'\\') && self.take(b'u') && (0xDC00..0xE000).contains(&self.code_unit()?),
            unit => !(0xDC00..0xE000).contains(&unit),
        };
        if !paired {
            let (line, column) = self.line_and_column(start);
            return Err(Error::LoneSurrogate { line, column });
        }
        Ok(())
    }

    /// Reads four hexadecimal digits.
    fn code_unit(&mut self) -> Result<u32, Error> {
        let mut unit = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|octet| char::from(octet).to_digit(16)) else {
                return Err(self.syntax("expected four hexadecimal digits"));
            };
            unit = unit << 4 | digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// Reads at least one decimal digit.
    fn digits(&mut self) -> Result<(), Error> {
        if !self.peek().is_some_and(|octet| octet.is_ascii_digit()) {
            return Err(self.syntax("expected a digit"));
        }
        self.skip_while(|octet| octet.is_ascii_digit());
        Ok(())
    }

    /// Skips what stands for itself in a string.
    fn skip_plain(&mut self) {
        let (words, _) = self.rest().as_chunks();
        self.at += OCTETS * words.iter().take_while(|&&word| is_plain(u64::from_ne_bytes(word))).count();
        self.skip_while(|octet| !matches!(octet, b'"' | b'\\' | ..0x20));
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        let rest = self.rest();
        self.at += rest.iter().position(|&octet| !skipped(octet)).unwrap_or(rest.len());
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn line_and_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let lines = before.split(|&octet| octet == b'\n');
        let column = lines.clone().next_back().map_or(0, <[u8]>::len) + 1;
        (lines.count(), column)
    }
}

/// A string as it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a> {
    text: &'a str,
    escaped: bool,
}

impl<'a> Quoted<'a> {
    /// With its quotes and escapes.
    pub(crate) fn as_written(self) -> &'a str {
        self.text
    }

    /// What is between the quotes, if that stands for itself.
    pub(crate) fn plain(self) -> Option<&'a str> {
        if self.escaped { None } else { self.text.get(1..self.text.len().checked_sub(1)?) }
    }
}

/// Whether none of eight octets is a quote, a backslash or a control character.
const fn is_plain(word: u64) -> bool {
    const fn each(octet: u8) -> u64 {
        u64::from_ne_bytes([octet; OCTETS])
    }
    // The highest bit of each octet that is less than another, as long as that is at most 0x80; of some above the first such octet, too.
    const fn less(word: u64, than: u8) -> u64 {
        word.wrapping_sub(each(than)) & !word & each(0x80)
    }
    let found = less(word, 0x20) | less(word ^ each(b'"'), 1) | less(word ^ each(b'\\'), 1);
    found == 0
}

const OCTETS: usize = 8;

/// No decimal of so many characters without an exponent is beyond a double.
const SURELY_FINITE: usize = 300;

const SHORT_ESCAPES: &[u8] = b"\"\\/bfnrt";

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text that is one scalar.
    fn scalar(text: &str) -> Result<(), Error> {
        let mut cursor = Cursor::new(text);
        match cursor.peek() {
            Some(b'"') => {
                cursor.take(b'"');
                let quoted = cursor.string()?;
                let written = cursor.since(0);
                assert_eq!(quoted.as_written(), written);
                assert_eq!(quoted.plain(), Some(written.trim_matches('"')).filter(|text| !text.contains('\\')));
            }
            Some(b'-' | b'0'..=b'9') => cursor.number()?,
            _ => cursor.word()?,
        }
        if cursor.peek().is_some() { Err(cursor.syntax("expected the end")) } else { Ok(()) }
    }

    fn code(text: &str) -> &'static str {
        scalar(text).map_or_else(|error| error.code(), |()| "accepted")
    }

    #[test]
    fn words_and_numbers_are_those_of_rfc_8259() {
        for text in "null true false 0 -0 10 -105 1.5 0.05 1e5 1E+05 -0.0e-0".split(' ') {
            assert_eq!(code(text), "accepted", "{text}");
        }
        for text in
            "nul True nullx NaN Infinity + +1 01 00 - -01 -a .5 1. 1.e1 1e 1e+ 1e+- 0x1 1_0 ١".split(' ').chain([""])
        {
            assert_eq!(code(text), "json.syntax", "{text}");
        }
    }

    #[test]
    fn numbers_are_finite_doubles() {
        let digits = |count: usize| "9".repeat(count);
        for text in
            "1e308 -1e308 1.7976931348623157e308 1e-999 0e999 18446744073709551616".split(' ').chain([&*digits(308)])
        {
            assert_eq!(code(text), "accepted", "{text}");
        }
        for text in "1e309 -1e309 1e999 1e99999999999".split(' ').chain([&*digits(310)]) {
            assert_eq!(code(text), "json.number_range", "{text}");
        }
    }

    #[test]
    fn strings_are_those_of_rfc_8259() {
        for text in [r#""""#, r#""\"\\\/\b\f\n\r\t\u00e9\u00E9""#, "\" \u{7f}\u{feff}\u{10ffff}\""] {
            assert_eq!(code(text), "accepted", "{text}");
        }
        for text in [
            r#"""#,
            r#""a"#,
            r#""\"#,
            r#""\""#,
            r#""\x""#,
            r#""\v""#,
            r#""\0""#,
            r#""\'""#,
            r#""\U0061""#,
            r#""\u12g4""#,
            r#""\u+123""#,
            r#""\u123"#,
            r#""a"b"#,
            "'a'",
            "\"\n\"",
            "\"\u{1f}\"",
            "\"\0\"",
        ] {
            assert_eq!(code(text), "json.syntax", "{text}");
        }
    }

    #[test]
    fn what_ends_a_string_is_found_wherever_it_stands() {
        for length in 0..20 {
            for place in 0..length {
                for octet in 0..=0x7f_u8 {
                    let mut text = "\u{e9}x".repeat(10).into_bytes();
                    text.truncate(length);
                    text[place] = octet;
                    let Ok(text) = String::from_utf8(text) else { continue };
                    let quoted = format!("\"{text}\"");
                    let mut cursor = Cursor::new(&quoted);
                    cursor.take(b'"');
                    cursor.skip_plain();
                    let expected = text.find(['"', '\\']).into_iter().chain(text.find(|c| c < ' ')).min();
                    assert_eq!(cursor.at, 1 + expected.unwrap_or(text.len()), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn surrogates_come_in_pairs() {
        for text in [r#""\ud83d\ude00""#, r#""\ud800\udc00\uDBFF\uDFFF""#, r#""\uD7FF\uE000\uFFFF""#, r#""\\ud83d""#] {
            assert_eq!(code(text), "accepted", "{text}");
        }
        for text in [
            r#""\ud83d""#,
            r#""\ud800""#,
            r#""\udbff""#,
            r#""\udc00""#,
            r#""\udfff""#,
            r#""\ude00\ud83d""#,
            r#""\ud83d\ud83d\ude00""#,
            r#""\ud83dx\ude00""#,
            r#""\ud83d\n\ude00""#,
            r#""\ud83d\u0061""#,
            r#""\ud83d\ue000""#,
            r#""\ud83d\udbff""#,
        ] {
            assert_eq!(code(text), "json.lone_surrogate", "{text}");
        }
        assert_eq!(scalar(r#""ab\ud83d""#), Err(Error::LoneSurrogate { line: 1, column: 4 }));
    }
}
