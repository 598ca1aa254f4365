use std::borrow::Cow;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::pointer::Pointer;

/// Checks that `text` is one JSON text that keeps every rule of the crate, with at most `depth`
/// containers inside each other.
pub(crate) fn scan(text: &str, depth: u8) -> Result<(), Error> {
    let mut scanner =
        Scanner { cursor: Cursor::new(text), depth, open: Vec::new(), names: Vec::with_capacity(MEMBERS) };
    loop {
        scanner.value()?;
        if !scanner.another()? {
            return Ok(());
        }
    }
}

/// A position in a text and the containers that are open there.
///
/// Memory is bounded by the text: one frame for each open container, and one name for each member
/// of an open object. The names of all open objects share one vector, so an object of any size
/// costs no allocation of its own.
#[derive(Debug)]
struct Scanner<'a> {
    cursor: Cursor<'a>,
    depth: u8,
    open: Vec<Container>,
    names: Vec<Cow<'a, str>>,
}

#[derive(Clone, Copy, Debug)]
enum Container {
    /// An object, whose first name is at `first`; its last is that of the member being read.
    Object { first: usize },
    /// An array, whose item `index` is being read.
    Array { index: usize },
}

impl Scanner<'_> {
    /// Reads a scalar, or opens containers down to the next scalar or to one that is empty.
    fn value(&mut self) -> Result<(), Error> {
        loop {
            self.cursor.skip_white_space();
            if self.cursor.take(b'{') {
                self.enter(Container::Object { first: self.names.len() })?;
                if self.cursor.peek() == Some(b'}') {
                    return Ok(());
                }
                self.name()?;
            } else if self.cursor.take(b'[') {
                self.enter(Container::Array { index: 0 })?;
                if self.cursor.peek() == Some(b']') {
                    return Ok(());
                }
            } else if self.cursor.take(b'"') {
                return self.cursor.string().map(drop);
            } else if let Some(b'-' | b'0'..=b'9') = self.cursor.peek() {
                return self.cursor.number();
            } else {
                return self.cursor.word();
            }
        }
    }

    /// After a value: closes the containers that end here, and tells whether another value
    /// follows.
    fn another(&mut self) -> Result<bool, Error> {
        loop {
            self.cursor.skip_white_space();
            match self.open.last_mut() {
                Some(Container::Object { .. }) if self.cursor.take(b',') => {
                    self.cursor.skip_white_space();
                    self.name()?;
                    return Ok(true);
                }
                Some(Container::Array { index }) if self.cursor.take(b',') => {
                    *index += 1;
                    return Ok(true);
                }
                Some(&mut Container::Object { first }) if self.cursor.take(b'}') => {
                    self.unique_names(first)?;
                    self.open.pop();
                }
                Some(Container::Array { .. }) if self.cursor.take(b']') => {
                    self.open.pop();
                }
                Some(Container::Object { .. }) => {
                    return Err(self.cursor.syntax("expected `,` or `}`"));
                }
                Some(Container::Array { .. }) => {
                    return Err(self.cursor.syntax("expected `,` or `]`"));
                }
                None if self.cursor.peek().is_some() => {
                    return Err(self.cursor.syntax("expected the end of the text"));
                }
                None => return Ok(false),
            }
        }
    }

    fn enter(&mut self, container: Container) -> Result<(), Error> {
        if self.open.len() >= usize::from(self.depth) {
            return Err(Error::TooDeep { limit: self.depth });
        }
        self.open.push(container);
        self.cursor.skip_white_space();
        Ok(())
    }

    /// Reads a member's name and the colon after it.
    fn name(&mut self) -> Result<(), Error> {
        if !self.cursor.take(b'"') {
            return Err(self.cursor.syntax("expected a member name"));
        }
        let quoted = self.cursor.string()?;
        let name = match quoted.plain() {
            Some(name) => Cow::Borrowed(name),
            None => {
                let unescaped = serde_json::from_str(quoted.as_written());
                Cow::Owned(unescaped.map_err(|_| self.cursor.syntax("expected a member name"))?)
            }
        };
        let reserved = name.starts_with(RESERVED);
        self.names.push(name);
        if reserved {
            return Err(Error::ReservedMember { at: self.pointer() });
        }
        self.cursor.skip_white_space();
        if !self.cursor.take(b':') {
            return Err(self.cursor.syntax("expected `:`"));
        }
        Ok(())
    }

    /// Refuses two equal names from `first` on, and forgets them all.
    ///
    /// Sorting keeps this at n log n comparisons whatever the names, without hashing what a
    /// stranger chose.
    fn unique_names(&mut self, first: usize) -> Result<(), Error> {
        let names = self.names.get_mut(first..).unwrap_or_default();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).position(|pair| matches!(pair, [a, b] if a == b)) {
            // The last name is the one that a pointer shows.
            self.names.truncate(first + twice + 1);
            return Err(Error::DuplicateMember { at: self.pointer() });
        }
        self.names.truncate(first);
        Ok(())
    }

    /// The member whose name came last, through all open containers.
    fn pointer(&self) -> String {
        let firsts = self.open.iter().filter_map(|container| match container {
            Container::Object { first } => Some(*first),
            Container::Array { .. } => None,
        });
        // The last name of an object stands before the first of the next object inside it.
        let ends = firsts.skip(1).chain([self.names.len()]);
        let mut names = ends.filter_map(|end| self.names.get(end.checked_sub(1)?));
        let mut pointer = Pointer::default();
        for container in &self.open {
            match container {
                Container::Object { .. } => pointer.member(names.next().map_or("", |name| name)),
                Container::Array { index } => pointer.item(*index),
            }
        }
        pointer.into_string()
    }
}

/// Most headers and payloads have no more.
const MEMBERS: usize = 16;

/// How the names begin by which serde_json passes numbers and raw values through serde's data
/// model.
const RESERVED: &str = "$serde_json::private::";

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        scan(text, 16).map_or_else(|error| error.code(), |()| "accepted")
    }

    fn twice(at: &str) -> Result<(), Error> {
        Err(Error::DuplicateMember { at: at.to_owned() })
    }

    #[test]
    fn the_grammar_is_that_of_rfc_8259() {
        for text in
            ["[]", "{}", "0", " \t\r\n[ 1 , 2 ] \n", r#"{"":{}}"#, r#" { "a" : [ ] , "b" : [ [ ] , { } , "c" ] } "#]
        {
            assert_eq!(code(text), "accepted", "{text}");
        }
        let compact = r#"[ ] { } , : [1,] [,1] [1}] [1:2] [1][] [1]x {"a"} {"a":} {"a":1,} {,}
            {1:2} {a:1} {"a":1] {"a":1}} {"a":"b":"c"} {"a",1} [tru] //a /*a*/1"#;
        for text in compact.split_whitespace().chain([
            "",
            " ",
            "1 2",
            "[1 2]",
            r#"{"a" 1}"#,
            r#"{"a": 1 "b": 2}"#,
            "\u{a0}1",
            "\u{c}1",
            "1\0",
            "\u{feff}1",
        ]) {
            assert_eq!(code(text), "json.syntax", "{text:?}");
        }
    }

    #[test]
    fn a_member_twice_is_refused_at_any_depth_and_in_any_spelling() {
        for (text, verdict) in [
            (r#"{"a":1,"b":2}"#, Ok(())),
            (r#"{"a":1,"A":2,"á":3,"a\u0301":4,"":5," ":6}"#, Ok(())),
            (r#"{"a":{"a":{"a":1}},"b":{"a":1}}"#, Ok(())),
            (r#"[{"a":1},{"a":1}]"#, Ok(())),
            (r#"{"a":1,"a":1}"#, twice("/a")),
            (r#"{"":1,"":1}"#, twice("/")),
            (r#"{"a":1,"b":{"c":[]},"a":{}}"#, twice("/a")),
            (r#"{"a":1,"\u0061":2}"#, twice("/a")),
            (r#"{"\ud83d\ude00":1,"😀":2}"#, twice("/😀")),
            (r#"{"a\/b":1,"a/b":2}"#, twice("/a~1b")),
            (r#"{"x":0,"keys":[{"kid":1},{"z":[],"kid":2,"e":0,"kid":3}]}"#, twice("/keys/1/kid")),
            (r#"[[],[[{"b":1,"c":{"d":{"e":1,"e":2}}}]]]"#, twice("/1/0/0/c/d/e")),
        ] {
            assert_eq!(scan(text, 16), verdict, "{text}");
        }
    }

    #[test]
    fn depth_counts_containers() {
        let nested = |depth| format!("{}0{}", "[{\"a\":".repeat(depth), "}]".repeat(depth));
        assert_eq!(scan(&nested(8), 16), Ok(()));
        assert_eq!(scan(&format!("[{}]", nested(8)), 16), Err(Error::TooDeep { limit: 16 }));
        assert_eq!(scan("0", 0), Ok(()));
        assert_eq!(scan("{}", 0), Err(Error::TooDeep { limit: 0 }));
        assert_eq!(scan(&"[".repeat(1_000_000), 16), Err(Error::TooDeep { limit: 16 }));
    }

    #[test]
    fn names_that_instruct_serde_json_are_reserved() {
        assert_eq!(code(r#"{"serde_json::private::RawValue":"1"}"#), "accepted");
        assert_eq!(code(r#"["$serde_json::private::RawValue"]"#), "accepted");
        let at = "/a/$serde_json::private::RawValue".to_owned();
        for text in [
            r#"{"a":{"$serde_json::private::RawValue":"1"}}"#,
            r#"{"a":{"b":0,"\u0024serde_json::private::RawValue":1}}"#,
        ] {
            assert_eq!(scan(text, 16), Err(Error::ReservedMember { at: at.clone() }));
        }
    }

    #[test]
    fn positions_are_those_of_the_fault() {
        let problem = "expected `,` or `}`";
        assert_eq!(scan("{\n  \"a\": 1\n  \"b\": 2}", 16), Err(Error::Syntax { line: 3, column: 3, problem }));
        assert_eq!(scan("[1,\n1e999]", 16), Err(Error::NumberRange { line: 2, column: 1 }));
        assert_eq!(scan("\n", 16), Err(Error::Syntax { line: 2, column: 1, problem: "expected a value" }));
    }
}
