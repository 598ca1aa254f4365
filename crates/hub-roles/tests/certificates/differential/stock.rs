//! What a user of rustls-webpki would ask it.

use hub_roles::{HostName, RevocationPolicy, RoleKind};
use webpki::{
    ALL_VERIFICATION_ALGS, CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage,
    OwnedCertRevocationList, RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy,
    anchor_from_trusted_cert,
};

use super::case::Case;

/// The verdict of webpki on a certificate of a transport role, for servers at this host.
pub(super) fn verdict(case: &Case, kind: RoleKind, host: Option<&HostName>) -> Result<(), Error> {
    let (root, authorities) = case.bundle.split_last().unwrap();
    let intermediates: Vec<_> = case.others.iter().chain(authorities).cloned().collect();
    let list =
        case.list.as_ref().map(|list| CertRevocationList::from(OwnedCertRevocationList::from_der(list).unwrap()));
    let lists: Vec<_> = list.iter().collect();
    let (depth, unknown, expired) = match case.policy {
        RevocationPolicy::IfPresent => {
            (RevocationCheckDepth::Chain, UnknownStatusPolicy::Allow, ExpirationPolicy::Ignore)
        }
        RevocationPolicy::Required(_) => {
            (RevocationCheckDepth::EndEntity, UnknownStatusPolicy::Deny, ExpirationPolicy::Enforce)
        }
    };
    let revocation = RevocationOptionsBuilder::new(&lists)
        .ok()
        .map(|options| options.with_depth(depth).with_status_policy(unknown).with_expiration_policy(expired).build());
    let usage = if kind == RoleKind::ServerTransport { KeyUsage::server_auth() } else { KeyUsage::client_auth() };

    let end_entity = EndEntityCert::try_from(&case.end_entity)?;
    let anchors = [anchor_from_trusted_cert(root)?];
    end_entity.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &intermediates, case.time, usage, revocation, None)?;
    match host {
        Some(host) => end_entity.verify_is_valid_for_subject_name(&host.to_server_name()),
        None => Ok(()),
    }
}
