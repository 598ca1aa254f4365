//! What came out as expected, and what did not.

use std::fmt;

use super::answer::Answer;

/// Checks so far, in groups that are reported when they end.
#[derive(Debug, Default)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
    /// Of these, in the group that is open.
    passed_in_group: usize,
    failed_in_group: usize,
}

impl Tally {
    /// A check: if it does not hold, `found` says what came out instead.
    pub(super) fn check(&mut self, holds: bool, what: impl fmt::Display, found: impl fmt::Display) {
        if holds {
            self.passed_in_group += 1;
        } else {
            self.failed_in_group += 1;
            println!("FAIL  {what}: {found}");
        }
    }

    /// What was opened is what was closed.
    pub(super) fn opened(&mut self, what: impl fmt::Display, expected: &[u8], answer: &Answer<Vec<u8>>) {
        match answer {
            Answer::Done(found) => self.check(found == expected, what, "another content came out"),
            Answer::Refused(reason) => self.check(false, what, reason),
        }
    }

    /// It was accepted.
    pub(super) fn accepted<T>(&mut self, what: impl fmt::Display, answer: &Answer<T>) {
        match answer {
            Answer::Done(_) => self.check(true, what, ""),
            Answer::Refused(reason) => self.check(false, what, reason),
        }
    }

    /// It was refused, for whatever reason.
    pub(super) fn refused<T>(&mut self, what: impl fmt::Display, answer: &Answer<T>) {
        self.check(matches!(answer, Answer::Refused(_)), what, "accepted");
    }

    /// We refused it by this rule.
    pub(super) fn refused_by<T>(&mut self, rule: &str, what: impl fmt::Display, answer: &Answer<T>) {
        match answer {
            Answer::Refused(found) => self.check(found == rule, what, format_args!("{found} instead of {rule}")),
            Answer::Done(_) => self.check(false, what, "accepted"),
        }
    }

    /// Ends a group.
    pub(super) fn group(&mut self, name: impl fmt::Display) {
        if self.failed_in_group == 0 {
            println!("ok    {name}: {} as expected", self.passed_in_group);
        }
        self.passed += std::mem::take(&mut self.passed_in_group);
        self.failed += std::mem::take(&mut self.failed_in_group);
    }

    /// Whether nothing failed, and something was checked at all.
    pub(super) fn is_sound(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sound_but_checks_that_all_hold() {
        let mut tally = Tally::default();
        assert!(!tally.is_sound());

        let refused = |reason: &str| Answer::<Vec<u8>>::Refused(reason.to_owned());
        tally.opened("a", b"content", &Answer::Done(b"content".to_vec()));
        tally.accepted("b", &Answer::Done(()));
        tally.refused("b", &refused("whatever"));
        tally.refused_by("token.signature", "c", &refused("token.signature"));
        tally.group("four");
        assert!(tally.is_sound());
        assert_eq!(tally.to_string(), "4 passed, 0 failed");

        tally.opened("d", b"content", &Answer::Done(b"another".to_vec()));
        tally.opened("e", b"content", &refused("whatever"));
        tally.accepted("e", &refused("whatever"));
        tally.refused("f", &Answer::Done(()));
        tally.refused_by("token.signature", "g", &refused("token.segments"));
        tally.refused_by("token.signature", "h", &Answer::Done(()));
        tally.group("six");
        assert!(!tally.is_sound());
        assert_eq!(tally.to_string(), "4 passed, 6 failed");
    }
}
