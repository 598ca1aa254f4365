//! Certificates that must be refused, each one edit away from a sound one.

mod draft;
mod workshop;

use core::fmt;

use rustls_pki_types::CertificateDer;

use self::workshop::Workshop;
use crate::issued::certificates_pem;
use crate::{Authority, Error, Issued, LeafKind, LeafSpec};

/// What [`Defect::build`] makes: material to present, and the bundle of the side that must refuse it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Broken {
    /// What is wrong with it.
    pub defect: Defect,
    /// What is presented, with its key.
    pub presented: Issued,
    /// What the other side trusts: the authority's own bundle, unless the defect lies there.
    pub bundle: Vec<CertificateDer<'static>>,
}

impl Broken {
    /// The bundle as a PEM file.
    ///
    /// # Errors
    /// [`Error::Encoding`] if a certificate is too long for PEM, which these are not.
    pub fn bundle_pem(&self) -> Result<String, Error> {
        certificates_pem(&self.bundle)
    }
}

macro_rules! defects {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $name:literal, )+) => {
        /// One way a certificate, its chain or what is trusted can be wrong (THREATS section 4).
        ///
        /// A table test runs over [`Defect::ALL`]. Its positive neighbour is [`Authority::issue`] with the same spec.
        ///
        /// ```
        /// use core::time::Duration;
        /// use hub_testkit::{Authority, Defect, KeyPool, LeafSpec, SubjectSpec};
        /// use rustls_pki_types::UnixTime;
        ///
        /// let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
        /// let authority = Authority::sandbox(&KeyPool::new(), now)?;
        /// let subject = SubjectSpec::new("Example Bank PJSC", "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11");
        /// let spec = LeafSpec::server_transport(subject).with_dns_name("bank.example");
        /// for defect in Defect::ALL.iter().filter(|defect| defect.concerns(spec.kind)) {
        ///     let broken = defect.build(&authority, &spec)?;
        ///     // offer broken.presented to a verifier that trusts broken.bundle, and see it refused
        /// }
        /// # Ok::<(), hub_testkit::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Defect {
            $( $(#[doc = $doc])+ $variant, )+
        }

        impl Defect {
            /// Every defect, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// A stable name, for the names of test cases.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }
        }
    };
}

defects! {
    /// Its validity ended a day ago.
    Expired = "expired",
    /// Its validity begins in a day.
    NotYetValid = "not-yet-valid",

    /// A client certificate allows serverAuth only, or a server certificate clientAuth only.
    OppositeExtendedKeyUsage = "opposite-extended-key-usage",
    /// A transport certificate without extended key usage.
    NoExtendedKeyUsage = "no-extended-key-usage",
    /// A transport certificate that allows anyExtendedKeyUsage and names no usage.
    AnyExtendedKeyUsageOnly = "any-extended-key-usage-only",
    /// Key usage is present and lacks what the kind needs: digitalSignature (transport), digitalSignature and
    /// contentCommitment (signing), keyEncipherment (encryption).
    KeyUsageLacksPurpose = "key-usage-lacks-purpose",
    /// The participant's certificate says it is a CA.
    LeafIsCa = "leaf-is-ca",

    /// A server certificate without subject alternative name.
    NoSubjectAltName = "no-subject-alt-name",
    /// A server certificate for another host.
    OtherHostName = "other-host-name",
    /// A server certificate for an IP address and no name.
    IpAddressOnly = "ip-address-only",
    /// A server certificate whose names are wildcards that would have to stand for two labels of the host.
    WildcardHostName = "wildcard-host-name",

    /// Issued under a root nobody trusts.
    UnknownRoot = "unknown-root",
    /// Issued by an authority that bears the trusted one's names and dates, with other keys.
    ImpostorAuthority = "impostor-authority",
    /// Names the issuing CA as its issuer and carries the signature of another key.
    ForgedSignature = "forged-signature",
    /// Signed by its own key.
    SelfSigned = "self-signed",
    /// Issued by the other environment's authority: Production for Sandbox, Sandbox for all others.
    OtherEnvironment = "other-environment",
    /// Issued by a second issuing CA which is neither presented nor in the bundle.
    MissingIntermediate = "missing-intermediate",
    /// Issued by a certificate that says it is no CA.
    IntermediateNotCa = "intermediate-not-ca",
    /// Issued by a CA whose key usage lacks keyCertSign.
    IntermediateWithoutCertSign = "intermediate-without-cert-sign",
    /// Issued by a CA that has expired.
    IntermediateExpired = "intermediate-expired",
    /// Issued below nine intermediates.
    ChainTooLong = "chain-too-long",

    /// An RSA-1024 key.
    ShortKey = "short-key",
    /// An RSA key with the public exponent 3.
    SmallExponent = "small-exponent",
    /// A key on P-256.
    EllipticCurveKey = "elliptic-curve-key",
    /// An RSA key labelled `id-RSASSA-PSS` instead of `rsaEncryption`.
    PssKey = "pss-key",
    /// A private key that does not belong to the certificate.
    OtherKey = "other-key",
    /// Issued by a CA with an RSA-1024 key.
    IntermediateShortKey = "intermediate-short-key",
    /// Issued by a CA whose RSA key has the public exponent 3.
    IntermediateSmallExponent = "intermediate-small-exponent",
    /// Signed with SHA-1.
    Sha1Signature = "sha1-signature",

    /// A second OU, of another organisation.
    DuplicateOrganisationalUnit = "duplicate-organisational-unit",
    /// A second CN, of another application.
    DuplicateCommonName = "duplicate-common-name",
    /// All attributes of the subject in one RDN.
    MultiValuedRdn = "multi-valued-rdn",
    /// No OU.
    NoOrganisationalUnit = "no-organisational-unit",
    /// An OU that is not a UUID.
    OrganisationalUnitNotUuid = "organisational-unit-not-uuid",
    /// The right OU as a TeletexString.
    TeletexOrganisationalUnit = "teletex-organisational-unit",
    /// The right OU as a BMPString.
    BmpOrganisationalUnit = "bmp-organisational-unit",

    /// A critical extension nobody knows.
    UnknownCriticalExtension = "unknown-critical-extension",
    /// More than 16 KiB long.
    Oversized = "oversized",

    /// The trusted root says it is no CA.
    AnchorNotCa = "anchor-not-ca",
    /// The trusted root's key usage lacks keyCertSign.
    AnchorWithoutCertSign = "anchor-without-cert-sign",
    /// The trusted root has expired.
    AnchorExpired = "anchor-expired",
}

impl Defect {
    /// Whether the defect can occur in a certificate of this kind.
    #[must_use]
    pub const fn concerns(self, kind: LeafKind) -> bool {
        match self {
            Self::OppositeExtendedKeyUsage | Self::NoExtendedKeyUsage | Self::AnyExtendedKeyUsageOnly => {
                kind.is_transport()
            }
            Self::NoSubjectAltName | Self::OtherHostName | Self::IpAddressOnly | Self::WildcardHostName => {
                matches!(kind, LeafKind::ServerTransport)
            }
            _ => true,
        }
    }

    /// Makes material that has this defect and no other, from a spec the authority would issue soundly.
    ///
    /// Where the spec names no key, all defects share one, so that a table of all of them spends few of the pool.
    ///
    /// # Errors
    /// [`Error::NotConcerned`] if the spec's kind cannot have the defect; else as [`Authority::issue`].
    pub fn build(self, authority: &Authority, spec: &LeafSpec) -> Result<Broken, Error> {
        if !self.concerns(spec.kind) {
            return Err(Error::NotConcerned { defect: self, kind: spec.kind });
        }
        let (presented, bundle) = Workshop::new(authority, spec)?.make(self)?;
        Ok(Broken { defect: self, presented, bundle })
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
