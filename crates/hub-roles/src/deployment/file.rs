//! Reading a whole file.

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::deployment::check;
use crate::deployment::instances::Instances;
use crate::deployment::lfi::Lfis;
use crate::deployment::own::Own;
use crate::deployment::ozone::OzoneRegistration;
use crate::deployment::problem::{DeploymentError, DeploymentRule, Problem};
use crate::deployment::read::{Node, Problems, Table};
use crate::deployment::tpp::{self, Tpps};
use crate::deployment::tpp_roles::TppRoles;
use crate::deployment::{Deployment, Parts};
use crate::expectation::ExtendedKeyUsageRule;

impl Deployment {
    /// The longest file that is read, in octets.
    pub const MAX_OCTETS: usize = 16 << 20;

    /// Reads a JSON file, strictly: a member that stands twice is refused, for one.
    ///
    /// # Errors
    /// [`DeploymentError`] with every problem of the file; with the first alone where the text is no JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DeploymentError> {
        let value =
            hub_json::value(bytes, hub_json::Limits::new(Self::MAX_OCTETS)).map_err(|e| syntax(e.to_string()))?;
        Self::read(&value)
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`DeploymentError`] with every problem of the file; with the first alone where the text is no TOML.
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self, DeploymentError> {
        if text.len() > Self::MAX_OCTETS {
            return Err(syntax(format!("{} octets, at most {} are allowed", text.len(), Self::MAX_OCTETS)));
        }
        let value: Value = toml::from_str(text).map_err(|error| {
            let read = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            syntax(format!("line {}: {}", read.matches('\n').count() + 1, error.message()))
        })?;
        Self::read(&value)
    }

    fn read(value: &Value) -> Result<Self, DeploymentError> {
        let problems = Problems::default();
        let deployment = Node::top(value, &problems).table(|file| Self::read_parts(file, &problems)).flatten();
        let problems = problems.into_inner();
        match deployment {
            Some(deployment) if problems.is_empty() => Ok(deployment),
            _ => Err(DeploymentError::new(problems)),
        }
    }

    /// Reads every part, whatever is wrong with another.
    fn read_parts(file: &mut Table<'_>, problems: &Problems) -> Option<Self> {
        let environment = file.required("environment", "every deployment").and_then(|node| node.parse());
        let rules = [("required", ExtendedKeyUsageRule::Required), ("if-present", ExtendedKeyUsageRule::IfPresent)];
        let extended_key_usage = file.optional("extended_key_usage").and_then(|node| node.word(&rules));
        let ozone = file.part("ozone", "C4 and Sig3", |node| node.table(OzoneRegistration::read).flatten());
        let ozone_organisation = ozone.known().map(OzoneRegistration::organisation);
        let lfis = Lfis::read(file, ozone_organisation);
        let instances = Instances::read(file, &lfis);
        let mut seen = tpp::Seen::new();
        let tpps = file.section("tpps", |tpps| Tpps::read(tpps, ozone_organisation, &lfis, &mut seen));
        let own = file
            .required("own", "every deployment")
            .and_then(|node| node.table(|own| Own::read(own, &lfis, &seen.clients)).flatten());
        check::shared_ozone_connect(&instances, problems);
        if let Some(own) = &own {
            check::jwt_auth(own, &ozone, &instances, problems);
        }
        Some(Self(Arc::new(Parts {
            environment: environment?,
            extended_key_usage: extended_key_usage.unwrap_or_default(),
            own: own?,
            ozone,
            lfis,
            instances,
            tpps,
            tpp_roles: TppRoles::default(),
        })))
    }
}

/// Reads a deployment from any format, as [`Deployment::from_json`] does; the error's text has every problem.
///
/// Whether a member that stands twice is refused is up to the format's reader: `toml` does, `serde_json` does not.
impl<'de> Deserialize<'de> for Deployment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn syntax(reason: String) -> DeploymentError {
    Problem::new("", DeploymentRule::Syntax { reason }).into()
}
