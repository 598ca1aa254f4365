//! Which of its issuer's certificates a revocation list covers (RFC 5280 sections 5.2.5 and 6.3.3).

use const_oid::db::rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT;
use x509_cert::ext::pkix::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use super::list::Content;
use super::{Link, RevocationListRule};
use crate::end_entity::extension;

/// What the issuing distribution point extension leaves of a list's scope; all, without it.
#[derive(Default)]
pub(super) struct Scope {
    no_authorities: bool,
    no_end_entities: bool,
    /// The addresses the list is published at; empty without the extension.
    addresses: Vec<String>,
}

impl Scope {
    pub(super) fn of(content: &Content<'_>) -> Result<Self, RevocationListRule> {
        let point: Option<IssuingDistributionPoint> = content.extension(ID_CE_ISSUING_DISTRIBUTION_POINT)?;
        let Some(point) = point else {
            return Ok(Self::default());
        };
        let addresses = addresses_of(point.distribution_point.as_ref()).map(str::to_owned).collect::<Vec<_>>();
        if addresses.is_empty() {
            return Err(RevocationListRule::Partial);
        }
        Ok(Self {
            no_authorities: point.only_contains_user_certs,
            no_end_entities: point.only_contains_ca_certs,
            addresses,
        })
    }

    /// A certificate without distribution points is covered by any list of its kind; one with some, by a list that is published there.
    pub(super) fn covers(&self, link: &Link<'_>) -> bool {
        let excluded = if link.is_authority { self.no_authorities } else { self.no_end_entities };
        if excluded {
            return false;
        }
        if self.addresses.is_empty() {
            return true;
        }
        let Some(x509) = link.x509() else {
            return false;
        };
        match extension::<CrlDistributionPoints>(&x509) {
            Ok(None) => true,
            Ok(Some(points)) => points
                .0
                .iter()
                .filter(|point| point.reasons.is_none() && point.crl_issuer.is_none())
                .flat_map(|point| addresses_of(point.distribution_point.as_ref()))
                .any(|address| self.addresses.iter().any(|published| published == address)),
            Err(_) => false,
        }
    }
}

fn addresses_of(name: Option<&DistributionPointName>) -> impl Iterator<Item = &str> {
    let names = match name {
        Some(DistributionPointName::FullName(names)) => names.as_slice(),
        _ => &[],
    };
    names.iter().filter_map(|name| match name {
        GeneralName::UniformResourceIdentifier(address) => Some(address.as_str()),
        _ => None,
    })
}
