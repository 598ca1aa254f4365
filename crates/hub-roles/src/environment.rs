//! Environments: separate PKIs that never mix (FACTS section 1).

use std::fmt;
use std::str::FromStr;

use crate::id::{EnvironmentName, IdError};

/// The PKI that certificates, key sets and deployments belong to.
///
/// Everything built from two environments at once is refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// The Sandbox PKI, which also serves pre-production.
    Sandbox,
    /// The Production PKI.
    Production,
    /// Any other PKI, by a name of the user's choice: an in-house test CA, for example.
    Custom(EnvironmentName),
}

impl Environment {
    /// The environment that a trust anchor's CN speaks of, if it names one: the word `Sandbox` or `Production`, under either
    /// brand (FACTS section 2). A CN that has both names none.
    #[must_use]
    pub fn named_by(common_name: &str) -> Option<Self> {
        let has = |word: &str| common_name.split_ascii_whitespace().any(|part| part.eq_ignore_ascii_case(word));
        match (has("sandbox"), has("production")) {
            (true, false) => Some(Self::Sandbox),
            (false, true) => Some(Self::Production),
            _ => None,
        }
    }
}

impl FromStr for Environment {
    type Err = IdError;

    /// Reads `sandbox`, `production`, or the name of a custom environment.
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.eq_ignore_ascii_case("sandbox") {
            Ok(Self::Sandbox)
        } else if text.eq_ignore_ascii_case("production") {
            Ok(Self::Production)
        } else {
            text.parse().map(Self::Custom)
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sandbox => f.write_str("sandbox"),
            Self::Production => f.write_str("production"),
            Self::Custom(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_in_the_common_name_decides_under_either_brand() {
        let cases = [
            ("Al Tareq Sandbox Trust Framework Root CA - G1", Some(Environment::Sandbox)),
            ("Open Finance UAE Sandbox Issuing CA - G1", Some(Environment::Sandbox)),
            ("Al Tareq Production Trust Framework Root CA - G1", Some(Environment::Production)),
            ("Bank Internal Root", None),
            ("Sandbox Production Root", None),
            ("Sandboxed Root", None),
        ];
        for (common_name, expected) in cases {
            assert_eq!(Environment::named_by(common_name), expected, "{common_name}");
        }
    }

    #[test]
    fn an_environment_reads_back_from_its_name() {
        for text in ["sandbox", "production", "bank-internal"] {
            assert_eq!(text.parse::<Environment>().unwrap().to_string(), text);
        }
        assert!("two words".parse::<Environment>().is_err());
    }

    #[test]
    fn no_custom_environment_goes_by_the_name_of_another() {
        for text in ["sandbox", "Production"] {
            assert!(matches!(text.parse::<EnvironmentName>(), Err(IdError::Reserved { .. })), "{text}");
        }
        assert!("sandbox-mirror".parse::<EnvironmentName>().is_ok());
    }
}
