//! What must be refused: THREATS sections 1 and 2 as one table.
//!
//! A case differs from its neighbour in the one thing that it is named after. Both take the same way through the public API: the
//! neighbour is accepted, the case refused by its rule, so that nothing is refused for another reason than the one named.

mod claims;
mod difference;
mod each_kind;
mod encoding;
mod encrypted;
mod foreign;
mod header;
mod json;
mod keys;
mod parties;
mod signature;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use hub_jose::{TokenError, TokenRule};

/// A row of THREATS: section 1, and from `EncryptionAlgorithms` on section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Algorithm,
    KeyConfusion,
    HeaderParameters,
    Duplicates,
    Base64Url,
    Shape,
    Kid,
    Signature,
    RsaKeys,
    Claims,
    Dates,
    Issuer,
    Audience,
    Lifetimes,
    ConfusionBetweenTokens,
    WhoseKey,
    Replay,
    JwtAuth,
    EncryptionAlgorithms,
    Sizes,
    Oracle,
    Nesting,
    DecryptionKeys,
}

/// Accepted, or the code of the rule that refuses it; where the rule is one of strict JSON, that rule's code after a colon.
type Verdict = Result<(), String>;

/// Something that must be refused, and the neighbour that must not.
struct Case {
    row: Row,
    name: String,
    rule: &'static str,
    judge: Box<dyn Fn(Side) -> Verdict>,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Side {
    Neighbour,
    Refused,
}

impl Side {
    fn pick<T>(self, neighbour: T, refused: T) -> T {
        match self {
            Self::Neighbour => neighbour,
            Self::Refused => refused,
        }
    }
}

impl Case {
    /// `judge` is the way that both of `made` take.
    fn new<I: Debug + PartialEq>(
        row: Row,
        name: impl Into<String>,
        rule: &'static str,
        judge: impl Fn(&I) -> Verdict + 'static,
        made: impl Fn(Side) -> I + 'static,
    ) -> Self {
        let judge = move |side| {
            let input = made(side);
            if let Side::Refused = side {
                assert_ne!(input, made(Side::Neighbour), "nothing differs");
            }
            judge(&input)
        };
        Self { row, name: name.into(), rule, judge: Box::new(judge) }
    }

    fn hold(&self) {
        let Self { row, name, rule, judge } = self;
        assert_eq!(judge(Side::Neighbour), Ok(()), "{row:?}: the neighbour of {name:?}");
        assert_eq!(judge(Side::Refused), Err((*rule).to_owned()), "{row:?}: {name}");
    }
}

macro_rules! tables {
    ($($table:ident),* $(,)?) => {
        $(
            #[test]
            fn $table() {
                $table::cases().iter().for_each(Case::hold);
            }
        )*

        fn all() -> Vec<Case> {
            [$($table::cases()),*].into_iter().flatten().collect()
        }
    };
}

tables!(claims, each_kind, encoding, encrypted, foreign, header, json, keys, parties, signature);

#[test]
fn no_row_is_without_cases_and_no_case_is_there_twice() {
    let cases = all();
    let mut rows: BTreeMap<Row, BTreeSet<&str>> = BTreeMap::new();
    for Case { row, name, .. } in &cases {
        assert!(rows.entry(*row).or_default().insert(name), "twice: {row:?}: {name}");
    }
    for (row, names) in &rows {
        println!("{:4} {row:?}", names.len());
    }
    println!("{:4} in all", cases.len());
    assert_eq!(rows.len(), Row::DecryptionKeys as usize + 1);
    assert!(cases.len() >= 250, "{}", cases.len());
}

fn verdict<T>(outcome: Result<T, TokenError>) -> Verdict {
    outcome.map(drop).map_err(|refused| code(refused.rule()))
}

fn code(rule: &TokenRule) -> String {
    match rule {
        TokenRule::HeaderJson(error) | TokenRule::Claims(error) if !matches!(error, hub_json::Error::Shape { .. }) => {
            format!("{}: {}", rule.code(), error.code())
        }
        _ => rule.code().to_owned(),
    }
}
