use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::error::Error;
use crate::pointer::Pointer;
use crate::scan::scan;

/// Takes the items out of the array `member` of an object, and holds all that surrounds the array
/// to the rules.
pub(crate) fn items<'a>(text: &'a str, member: &str, depth: u8) -> Result<Vec<&'a str>, Error> {
    let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
        scan(text, depth)?;
        return Err(Error::NotAnObject);
    };
    // Of a name that appears twice the map has the last; the scan then meets both and refuses.
    let mut at = Pointer::default();
    let Some(array) = members.get(member) else {
        scan(text, depth)?;
        let problem = format!("missing member `{member}`");
        return Err(Error::Shape { at: at.into_string(), problem });
    };
    scan(&blanked(text, array.get()), depth)?;
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(array.get()) else {
        at.member(member);
        return Err(Error::Shape { at: at.into_string(), problem: "expected an array".to_owned() });
    };
    Ok(items.into_iter().map(RawValue::get).collect())
}

/// `text` with a number in place of `part`, a slice of it; all else keeps its line and column.
fn blanked(text: &str, part: &str) -> String {
    let start = part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    let (before, rest) = text.split_at_checked(start).unwrap_or((text, ""));
    let after = rest.strip_prefix(part).unwrap_or(rest);
    let blank = part.bytes().skip(1).map(|octet| if octet == b'\n' { '\n' } else { ' ' });
    before.chars().chain(['0']).chain(blank).chain(after.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_inside_an_item_is_left_to_its_reader() {
        let faulty = [
            r#"{"kid": 1, "kid": 2}"#,
            r#"{"kid": "\ud83d"}"#,
            r#"1e999"#,
            r#"[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]"#,
            r#"{"$serde_json::private::RawValue": "1"}"#,
            r#"{"kid": "sound"}"#,
        ];
        let text = format!("{{\"a\": {{}}, \"k\\u0065ys\" : [\n{}\n], \"b\": 1}}", faulty.join(" , "));
        assert_eq!(items(&text, "keys", 16), Ok(faulty.to_vec()));
    }

    #[test]
    fn a_fault_around_the_items_condemns_the_text() {
        assert_eq!(items(r#"{"keys": [1, {"a": 1}], "x": {"a": 1}}"#, "keys", 16).unwrap().len(), 2);
        for (text, code) in [
            (r#"{"keys": [1], "keys": [2]}"#, "json.duplicate_member"),
            (r#"{"keys": [1], "k\u0065ys": [1]}"#, "json.duplicate_member"),
            (r#"{"x": 1, "keys": [1], "x": 1}"#, "json.duplicate_member"),
            (r#"{"x": [{"a": 1, "a": 1}], "keys": [{"a": 1, "a": 1}]}"#, "json.duplicate_member"),
            (r#"{"keys": [], "x": "\ud83d"}"#, "json.lone_surrogate"),
            (r#"{"keys": [], "\ud83d": 1}"#, "json.lone_surrogate"),
            (r#"{"keys": [], "x": 1e999}"#, "json.number_range"),
            (r#"{"keys": [], "x": [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}"#, "json.too_deep"),
            (r#"{"keys": [{]}"#, "json.syntax"),
            (r#"{"keys": [1,]}"#, "json.syntax"),
            (r#"{"keys": [1]} x"#, "json.syntax"),
            (r#"[{"keys": []}]"#, "json.not_an_object"),
            (r#"{"Keys": [1]}"#, "json.shape"),
            (r#"{"keys": {"0": 1}}"#, "json.shape"),
            (r#"{"keys": null}"#, "json.shape"),
        ] {
            assert_eq!(items(text, "keys", 16).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn positions_are_those_of_the_whole_text() {
        let text = "{\"keys\": [\n\"é\", {}\n], \"x\": 1e999}";
        assert_eq!(items(text, "keys", 16), Err(Error::NumberRange { line: 3, column: 9 }));
        let text = r#"{"keys": ["é"], "x": 1e999}"#;
        assert_eq!(items(text, "keys", 16), Err(Error::NumberRange { line: 1, column: 23 }));
    }

    #[test]
    fn what_is_missing_or_not_an_array_is_told() {
        let shape = |at: &str, problem: &str| Err(Error::Shape { at: at.to_owned(), problem: problem.to_owned() });
        assert_eq!(items("{}", "keys", 16), shape("", "missing member `keys`"));
        assert_eq!(items(r#"{"keys": {}}"#, "keys", 16), shape("/keys", "expected an array"));
    }
}
