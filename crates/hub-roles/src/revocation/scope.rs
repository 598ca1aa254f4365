//! Which of its issuer's certificates a revocation list covers (RFC 5280 sections 5.2.5 and 6.3.3).

use const_oid::db::rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT;
use x509_cert::ext::pkix::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use super::content::Content;
use super::error::RevocationListRule;
use super::link::Link;
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
        link.x509()
            .and_then(|x509| extension::<CrlDistributionPoints>(&x509).ok())
            .is_some_and(|points| points.is_none_or(|points| self.is_published_at(&points)))
    }

    /// At a point for all reasons, whose list is the issuer's own.
    fn is_published_at(&self, points: &CrlDistributionPoints) -> bool {
        points
            .0
            .iter()
            .filter(|point| point.reasons.is_none() && point.crl_issuer.is_none())
            .flat_map(|point| addresses_of(point.distribution_point.as_ref()))
            .any(|address| self.addresses.iter().any(|published| published == address))
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

#[cfg(test)]
mod tests {
    use der::asn1::Ia5String;
    use x509_cert::ext::pkix::crl::dp::{DistributionPoint, Reasons};

    use super::*;

    fn point(address: &str) -> DistributionPoint {
        let address = GeneralName::UniformResourceIdentifier(Ia5String::new(address).unwrap());
        let name = DistributionPointName::FullName(vec![address]);
        DistributionPoint { distribution_point: Some(name), reasons: None, crl_issuer: None }
    }

    #[test]
    fn a_point_for_some_reasons_or_of_another_issuer_is_not_the_list_s() {
        let scope = Scope { addresses: vec!["http://here.example".to_owned()], ..Scope::default() };
        let here = point("http://here.example");
        let for_reasons = DistributionPoint { reasons: Some(Reasons::KeyCompromise.into()), ..here.clone() };
        let of_another = DistributionPoint { crl_issuer: Some(Vec::new()), ..here.clone() };
        let nowhere = DistributionPoint { distribution_point: None, ..here.clone() };
        let others = vec![for_reasons, of_another, nowhere, point("http://elsewhere.example")];
        assert!(!scope.is_published_at(&CrlDistributionPoints(others.clone())));
        assert!(scope.is_published_at(&CrlDistributionPoints([others, vec![here]].concat())));
    }
}
