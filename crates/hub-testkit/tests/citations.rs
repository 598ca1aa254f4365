//! What the sources cite as FACTS and THREATS can be looked up: `docs/rules.md` has each section, and each row that is named.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

/// A place that a comment points to.
#[derive(Debug, PartialEq, Eq)]
struct Citation {
    /// `FACTS section 4`.
    section: String,
    /// `"JWT Auth"` behind it, if one is named.
    row: Option<String>,
}

#[test]
fn every_citation_can_be_followed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let rules = fs::read_to_string(root.join("docs/rules.md")).unwrap();
    let mut followed = 0;
    for file in ["crates", "examples"].iter().flat_map(|directory| sources(&root.join(directory))) {
        for Citation { section, row } in citations(&fs::read_to_string(&file).unwrap()) {
            let place = file.display();
            let text = section_of(&rules, &section).unwrap_or_else(|| panic!("{place}: no {section}"));
            if let Some(row) = row {
                assert!(text.contains(&row), "{place}: no {row:?} in {section}");
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed}");
}

#[test]
fn a_citation_is_found_in_any_form_and_one_that_leads_nowhere_is_told() {
    let source =
        "/// One (FACTS section 4, \"JWT Auth\").\n    // Two, FACTS sections 1 and 3; and THREATS\n    /// section 2.";
    let cited = |section: &str, row: Option<&str>| Citation { section: section.into(), row: row.map(str::to_owned) };
    let expected = [
        cited("FACTS section 4", Some("JWT Auth")),
        cited("FACTS section 1", None),
        cited("FACTS section 3", None),
        cited("THREATS section 2", None),
    ];
    assert_eq!(citations(source), expected);

    let rules = "## FACTS section 1: a\none\n## FACTS section 10: b\ntwo\n";
    assert_eq!(section_of(rules, "FACTS section 1"), Some(": a\none\n"));
    assert_eq!(section_of(rules, "FACTS section 10"), Some(": b\ntwo\n"));
    assert_eq!(section_of(rules, "FACTS section 2"), None);
}

/// The files in Rust below a directory.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let (directories, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = directories.iter().flat_map(|directory| sources(directory));
    let ours = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with(file!());
    files.into_iter().chain(below).filter(ours).collect()
}

fn citations(source: &str) -> Vec<Citation> {
    // A citation may be broken between two lines of a comment.
    let text = source.lines().map(|line| line.trim().trim_start_matches(['/', '!'])).collect::<Vec<_>>().join(" ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for name in ["FACTS section", "THREATS section"] {
        for (at, _) in text.match_indices(name) {
            let behind = text[at + name.len()..].trim_start_matches('s').trim_start();
            let (first, behind) = number(behind).unwrap_or_else(|| panic!("{name} without a number: {behind:.40}"));
            let row = behind.strip_prefix(", \"").and_then(|row| Some(row.split_once('"')?.0.to_owned()));
            found.push(Citation { section: format!("{name} {first}"), row });
            if let Some((second, _)) = behind.strip_prefix(" and ").and_then(number) {
                found.push(Citation { section: format!("{name} {second}"), row: None });
            }
        }
    }
    found
}

/// A number at the start, and what is behind it.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// What stands under a heading of the second level, and the rest of the heading.
fn section_of<'a>(rules: &'a str, section: &str) -> Option<&'a str> {
    let sections = rules.split("## ").skip(1);
    sections.filter_map(|text| text.strip_prefix(section)).find(|rest| rest.starts_with(':'))
}
