//! An independent judge: rustls-webpki as it is, without the rules this project adds.

use core::time::Duration;

use hub_testkit::{Authority, Crl, Issued, KeyPool, LeafKind, LeafSpec, SubjectSpec};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, CertRevocationList, EndEntityCert, Error, KeyUsage, OwnedCertRevocationList,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, anchor_from_trusted_cert,
};

pub(crate) const HOST: &str = "ozone-connect.bank.example";
pub(crate) const ORGANISATION_ID: &str = "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11";
pub(crate) const APPLICATION_ID: &str = "5e1c9a44-8a1e-4f57-8f6e-0c54a8b0a001";

pub(crate) fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000))
}

pub(crate) fn sandbox() -> Authority {
    Authority::sandbox(&KeyPool::new(), now()).unwrap()
}

/// A sound spec of each kind.
pub(crate) fn spec(kind: LeafKind) -> LeafSpec {
    let subject = SubjectSpec::new("Example Bank PJSC", ORGANISATION_ID);
    match kind {
        LeafKind::ClientTransport => LeafSpec::client_transport(subject.with_common_name(APPLICATION_ID)),
        LeafKind::ServerTransport => LeafSpec::server_transport(subject).with_dns_name(HOST),
        LeafKind::Signing => LeafSpec::signing(subject.with_common_name(APPLICATION_ID)),
        LeafKind::Encryption => LeafSpec::encryption(subject),
    }
}

/// What webpki says of the chain, the usage and, for a server, the name.
pub(crate) fn verdict(
    presented: &Issued,
    bundle: &[CertificateDer<'_>],
    kind: LeafKind,
    crl: Option<&Crl>,
) -> Result<(), Error> {
    let (root, issuing) = bundle.split_last().unwrap();
    let intermediates: Vec<_> = presented.intermediates.iter().chain(issuing).map(CertificateDer::clone).collect();
    let lists: Vec<CertRevocationList<'_>> =
        crl.map(|crl| OwnedCertRevocationList::from_der(crl.der()).unwrap().into()).into_iter().collect();
    let lists: Vec<_> = lists.iter().collect();
    let revocation = (!lists.is_empty()).then(|| {
        RevocationOptionsBuilder::new(&lists)
            .unwrap()
            .with_depth(RevocationCheckDepth::EndEntity)
            .with_status_policy(UnknownStatusPolicy::Deny)
            .build()
    });
    let usage = match kind {
        LeafKind::ServerTransport => KeyUsage::server_auth(),
        _ => KeyUsage::client_auth(),
    };

    let leaf = EndEntityCert::try_from(&presented.certificate)?;
    leaf.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &[anchor_from_trusted_cert(root)?],
        &intermediates,
        now(),
        usage,
        revocation,
        None,
    )?;
    if kind == LeafKind::ServerTransport {
        leaf.verify_is_valid_for_subject_name(&ServerName::try_from(HOST).unwrap())?;
    }
    Ok(())
}
