//! One revocation list: its signature, issuer and dates are checked once, when it is read.

use std::fmt;

use const_oid::AssociatedOid;
use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Sequence};
use rustls_pki_types::{SubjectPublicKeyInfoDer, UnixTime};
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_cert::ext::pkix::CrlNumber;
use x509_cert::spki::SubjectPublicKeyInfoRef;
use x509_cert::time::Time;

use super::content::Content;
use super::error::{MAX_REVOCATION_LIST_OCTETS, RevocationListError, RevocationListRule};
use super::file::lists_in;
use super::link::Link;
use super::number::RevocationListNumber;
use super::scope::Scope;
use crate::algorithm::ALGORITHMS;
use crate::authority::Authority;
use crate::rule::CertificateRule;

/// A revocation list that a [`TrustFramework`](crate::TrustFramework) holds: signed by a CA of its bundle, and not of the future when it
/// was loaded.
///
/// Its dates tell when to fetch the next one.
pub struct RevocationList {
    issuer: String,
    issuer_key: SubjectPublicKeyInfoDer<'static>,
    number: Option<RevocationListNumber>,
    this_update: UnixTime,
    next_update: UnixTime,
    scope: Scope,
    signature: Vec<u8>,
    list: CertRevocationList<'static>,
}

impl RevocationList {
    /// The lists in a file, of CAs among these, none of which is of the future.
    pub(crate) fn read_file(
        file: &[u8],
        authorities: &[Authority],
        now: UnixTime,
    ) -> Result<Vec<Self>, RevocationListError> {
        lists_in(file)?.iter().map(|der| Self::read(der, authorities, now)).collect()
    }

    fn read(der: &[u8], authorities: &[Authority], now: UnixTime) -> Result<Self, RevocationListError> {
        if der.len() > MAX_REVOCATION_LIST_OCTETS {
            return Err(RevocationListError::of_unknown(RevocationListRule::TooLarge { found: der.len() }));
        }
        let malformed = |_| RevocationListError::of_unknown(RevocationListRule::Malformed);
        let signed = Signed::from_der(der).map_err(malformed)?;
        let content = Content::read(signed.content.value()).map_err(malformed)?;
        Self::check(der, &signed, &content, authorities, now)
            .map_err(|rule| RevocationListError::new(content.issuer, rule))
    }

    /// The signature comes before all that costs more with every entry: lists are fetched over plain HTTP.
    fn check(
        der: &[u8],
        signed: &Signed<'_>,
        content: &Content<'_>,
        authorities: &[Authority],
        now: UnixTime,
    ) -> Result<Self, RevocationListRule> {
        let issuer_key = signed.verify(content.issuer_der, authorities)?;
        let next_update = content.next_update.ok_or(RevocationListRule::NoNextUpdate)?;
        let list = OwnedCertRevocationList::from_der(der).map_err(|error| rule_of(&error))?;
        let this_update = unix_time(content.this_update);
        if this_update > now {
            let (this_update, now) = (this_update.as_secs(), now.as_secs());
            return Err(RevocationListRule::NotYetValid { this_update, now });
        }
        Ok(Self {
            issuer: content.issuer.clone(),
            issuer_key,
            number: content.extension(CrlNumber::OID)?.map(|number| RevocationListNumber::of(&number)),
            this_update,
            next_update: unix_time(next_update),
            scope: Scope::of(content)?,
            signature: signed.signature.raw_bytes().to_vec(),
            list: list.into(),
        })
    }

    /// The CA's name in the form of RFC 4514, for people, cut to 256 characters.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its number. RFC 5280 section 5.2.3 asks every CA for one; without, its time alone tells what is newer.
    #[must_use]
    pub fn number(&self) -> Option<RevocationListNumber> {
        self.number
    }

    /// When the CA made it (`thisUpdate`).
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// When the CA makes the next one at the latest (`nextUpdate`): from then on this one has expired.
    #[must_use]
    pub fn next_update(&self) -> UnixTime {
        self.next_update
    }

    pub(super) fn is_by(&self, name: &[u8], key: &SubjectPublicKeyInfoDer<'_>) -> bool {
        self.list.issuer() == name && self.issuer_key == *key
    }

    /// Whether one of these CAs, which may sign lists, is its issuer.
    pub(super) fn is_by_one_of(&self, authorities: &[Authority]) -> bool {
        authorities.iter().any(|authority| authority.signs_lists && self.is_by(&authority.subject, &authority.key))
    }

    pub(super) fn has_issuer_of(&self, other: &Self) -> bool {
        other.is_by(self.list.issuer(), &self.issuer_key)
    }

    /// Numbers grow and times never go back (RFC 5280 section 5.2.3); a list without a number has its time alone.
    pub(super) fn is_older_than(&self, held: &Self) -> bool {
        let smaller = self.number.zip(held.number).is_some_and(|(number, held)| number < held);
        smaller || self.this_update < held.this_update
    }

    pub(super) fn check_not_older_than(&self, held: &Self) -> Result<(), RevocationListError> {
        if !self.is_older_than(held) {
            return Ok(());
        }
        let (this_update, held) = (self.this_update.as_secs(), held.this_update.as_secs());
        Err(self.refused(RevocationListRule::Older { this_update, held }))
    }

    pub(super) fn refused(&self, rule: RevocationListRule) -> RevocationListError {
        RevocationListError::new(self.issuer.clone(), rule)
    }

    pub(super) fn covers(&self, link: &Link<'_>) -> bool {
        self.scope.covers(link)
    }

    /// The rule that a certificate with this serial number breaks, if it is listed.
    pub(super) fn entry(&self, serial: &[u8]) -> Option<CertificateRule> {
        match self.list.find_serial(serial) {
            Ok(None) => None,
            Ok(Some(entry)) => Some(CertificateRule::Revoked {
                issuer: self.issuer.clone(),
                serial: serial.iter().take(MAX_SHOWN_SERIAL).map(|octet| format!("{octet:02x}")).collect(),
                revoked: entry.revocation_date.as_secs(),
            }),
            // A list whose entries were all read when it was loaded does not get here.
            Err(_) => Some(CertificateRule::RevocationListMissing { issuer: self.issuer.clone() }),
        }
    }
}

/// Two that are the same list: one CA signed the same content.
impl PartialEq for RevocationList {
    fn eq(&self, other: &Self) -> bool {
        self.has_issuer_of(other) && self.signature == other.signature
    }
}

impl Eq for RevocationList {}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (this_update, next_update) = (self.this_update.as_secs(), self.next_update.as_secs());
        write!(f, "RevocationList({:?}, from {this_update} until {next_update})", self.issuer)
    }
}

/// A `CertificateList` of RFC 5280 section 5.1.
#[derive(Sequence)]
struct Signed<'a> {
    content: AnyRef<'a>,
    algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

impl Signed<'_> {
    /// Finds the CA of this name whose key made the signature. Two CAs may have one name.
    fn verify(
        &self,
        issuer: &[u8],
        authorities: &[Authority],
    ) -> Result<SubjectPublicKeyInfoDer<'static>, RevocationListRule> {
        let mut named = authorities.iter().filter(|authority| authority.subject == issuer).peekable();
        if named.peek().is_none() {
            return Err(RevocationListRule::UnknownIssuer);
        }
        let algorithm = ALGORITHMS
            .iter()
            .find(|algorithm| algorithm.signature_alg_id().as_ref() == self.algorithm.value())
            .ok_or(RevocationListRule::SignatureAlgorithm)?;
        let message = self.content.to_der().map_err(|_| RevocationListRule::Malformed)?;
        let signature = self.signature.as_bytes().ok_or(RevocationListRule::BadSignature)?;
        let signed_by = |authority: &&Authority| {
            SubjectPublicKeyInfoRef::from_der(&authority.key)
                .ok()
                .and_then(|key| key.subject_public_key.as_bytes())
                .is_some_and(|key| algorithm.verify_signature(key, &message, signature).is_ok())
        };
        let mut signers = named.filter(signed_by).peekable();
        if signers.peek().is_none() {
            return Err(RevocationListRule::BadSignature);
        }
        // The certificates of one CA, renewed with its key, may differ in their key usage.
        let signer = signers.find(|authority| authority.signs_lists).ok_or(RevocationListRule::KeyUsage)?;
        Ok(signer.key.clone())
    }
}

fn rule_of(error: &webpki::Error) -> RevocationListRule {
    use webpki::Error;
    match error {
        Error::UnsupportedDeltaCrl => RevocationListRule::Delta,
        Error::UnsupportedIndirectCrl => RevocationListRule::Indirect,
        Error::UnsupportedRevocationReasonsPartitioning | Error::UnsupportedCrlIssuingDistributionPoint => {
            RevocationListRule::Partial
        }
        Error::UnsupportedCriticalExtension => RevocationListRule::CriticalExtension,
        _ => RevocationListRule::Malformed,
    }
}

fn unix_time(time: Time) -> UnixTime {
    UnixTime::since_unix_epoch(time.to_unix_duration())
}

/// A serial number has 20 octets at most (RFC 5280 section 4.1.2.2).
const MAX_SHOWN_SERIAL: usize = 20;
