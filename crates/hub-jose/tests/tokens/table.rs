//! Tables of changes to sound claims, each with the rule it breaks.

use serde_json::Value;

use crate::forge;
use crate::kinds::Kind;

pub(crate) type Change = fn(&mut Value);

/// A change to sound claims, and the rule it breaks.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) change: Change,
    pub(crate) code: &'static str,
}

pub(crate) const fn case(name: &'static str, change: Change, code: &'static str) -> Case {
    Case { name, change, code }
}

/// Holds a kind to a table: sound claims are accepted, and each change is refused by its rule.
pub(crate) fn check(kind: Kind, cases: &[Case]) {
    let sound = forge::claims(&kind.issue());
    assert_eq!(kind.accept(&kind.sign(&sound)), Ok(()), "{kind:?}");
    for Case { name, change, code } in cases {
        let mut claims = sound.clone();
        change(&mut claims);
        assert_ne!(claims, sound, "{kind:?}: {name}");
        let refused = kind.accept(&kind.sign(&claims));
        let refused = refused.expect_err(&format!("{kind:?}: {name}: accepted"));
        assert_eq!(refused.code(), *code, "{kind:?}: {name}: {refused}");
    }
}

/// Claims that are accepted too.
pub(crate) fn check_accepted(kind: Kind, cases: &[(&str, Change)]) {
    for (name, change) in cases {
        let mut claims = forge::claims(&kind.issue());
        change(&mut claims);
        assert_eq!(kind.accept(&kind.sign(&claims)), Ok(()), "{kind:?}: {name}");
    }
}
