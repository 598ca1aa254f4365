//! Tokens that differ from sound ones in one place of their header or claims, and are rightly signed all the same.

use std::fmt::Debug;
use std::sync::LazyLock;

use serde_json::Value;

use super::{Case, Row, Side, Verdict, verdict};
use crate::forge;
use crate::kinds::Kind;

/// Where a token differs, and whose token it is.
pub(super) struct In {
    part: Part,
    kinds: &'static [Kind],
    prefix: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Header,
    Claims,
}

impl In {
    /// The header of every kind.
    pub(super) const HEADER: Self = Self { part: Part::Header, kinds: &Kind::ALL, prefix: "" };

    /// The claims of every kind.
    pub(super) const CLAIMS: Self = Self { part: Part::Claims, kinds: &Kind::ALL, prefix: "" };

    /// The claims of some kinds, which `prefix` names.
    pub(super) const fn claims_of(prefix: &'static str, kinds: &'static [Kind]) -> Self {
        Self { part: Part::Claims, kinds, prefix }
    }

    /// The header of some kinds, which `prefix` names.
    pub(super) const fn header_of(prefix: &'static str, kinds: &'static [Kind]) -> Self {
        Self { part: Part::Header, kinds, prefix }
    }

    /// As its own names begin.
    pub(super) const fn prefixed(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    pub(super) fn cases(&self, row: Row, differences: impl IntoIterator<Item = Difference>) -> Vec<Case> {
        let Self { part, kinds, prefix } = *self;
        let made =
            move |change: &Change| -> Vec<Vec<u8>> { kinds.iter().map(|kind| change(&part.sound(*kind))).collect() };
        let judge = move |made: &Vec<Vec<u8>>| {
            agreed(kinds.iter().zip(made).map(|(kind, made)| (*kind, verdict(kind.accept(&part.sign(*kind, made))))))
        };
        differences.into_iter().map(|difference| difference.into_case(row, prefix, judge, made)).collect()
    }
}

impl Part {
    fn sound(self, kind: Kind) -> Value {
        match self {
            Self::Header => kind.header(),
            Self::Claims => sound_claims(kind),
        }
    }

    /// Signs a token with this part, and the other one sound.
    fn sign(self, kind: Kind, octets: &[u8]) -> String {
        match self {
            Self::Header => kind.sign_octets(octets, sound_claims(kind).to_string().as_bytes()),
            Self::Claims => kind.sign_payload(octets),
        }
    }
}

/// What differs between what is refused and its accepted neighbour.
pub(super) struct Difference {
    name: String,
    neighbour: Change,
    refused: Change,
    rule: &'static str,
}

impl Difference {
    /// `made` makes of either change what `judge` judges.
    pub(super) fn into_case<I: Debug + PartialEq>(
        self,
        row: Row,
        prefix: &str,
        judge: impl Fn(&I) -> Verdict + 'static,
        made: impl Fn(&Change) -> I + 'static,
    ) -> Case {
        let Self { name, neighbour, refused, rule } = self;
        Case::new(row, format!("{prefix}{name}"), rule, judge, move |side: Side| made(side.pick(&neighbour, &refused)))
    }
}

/// A change that is refused, beside what is sound.
pub(super) fn case(name: impl Into<String>, refused: Change, rule: &'static str) -> Difference {
    limit(name, spelt(str::to_owned), refused, rule)
}

/// A change that is refused, beside one that just is not.
pub(super) fn limit(name: impl Into<String>, neighbour: Change, refused: Change, rule: &'static str) -> Difference {
    Difference { name: name.into(), neighbour, refused, rule }
}

/// From sound members to the octets of a changed part.
pub(super) type Change = Box<dyn Fn(&Value) -> Vec<u8>>;

/// The member has this value.
pub(super) fn put(member: &'static str, value: impl Into<Value>) -> Change {
    let value = value.into();
    change(move |members| members[member] = value.clone())
}

/// The member is not there.
pub(super) fn without(member: &'static str) -> Change {
    change(move |members| forge::remove(members, member))
}

pub(super) fn change(change: impl Fn(&mut Value) + 'static) -> Change {
    Box::new(move |sound| {
        let mut members = sound.clone();
        change(&mut members);
        members.to_string().into_bytes()
    })
}

/// The same members, or what is left of them, spelt otherwise.
pub(super) fn spelt<O: Into<Vec<u8>>>(spelling: impl Fn(&str) -> O + 'static) -> Change {
    Box::new(move |sound| spelling(&sound.to_string()).into())
}

/// Claims of each kind that are accepted.
pub(super) fn sound_claims(kind: Kind) -> Value {
    static SOUND: LazyLock<Vec<(Kind, Value)>> =
        LazyLock::new(|| Kind::ALL.map(|kind| (kind, forge::claims(&kind.issue()))).into());
    SOUND.iter().find_map(|(of, claims)| (*of == kind).then(|| claims.clone())).unwrap()
}

/// The one verdict on all kinds.
fn agreed(verdicts: impl Iterator<Item = (Kind, Verdict)>) -> Verdict {
    let verdicts: Vec<(Kind, Verdict)> = verdicts.collect();
    let (_, first) = &verdicts[0];
    assert!(verdicts.iter().all(|(_, verdict)| verdict == first), "not one verdict: {verdicts:?}");
    first.clone()
}
