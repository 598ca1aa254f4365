//! Where dates make no difference.

use der::Decode;
use rustls_pki_types::UnixTime;
use x509_cert::Certificate as X509;

use super::TrustFramework;
use crate::chain::CertificateChain;
use crate::validity::Validity;

impl TrustFramework {
    /// The longest period around `time` in which no certificate begins to be valid or ceases to be: none that `chain` has, and none
    /// of the bundle.
    ///
    /// Of two times of use in it, [`verify_used_at`](Self::verify_used_at) finds the same, by the same rule. So whoever remembers a
    /// refusal knows which other times it is good for. Unlike the [`PathValidity`](crate::PathValidity) of what was accepted, this needs no path.
    #[must_use]
    pub fn steady_around(&self, chain: &CertificateChain, time: UnixTime) -> Validity {
        let sent = chain.certificates().iter().filter_map(|der| X509::from_der(der).ok());
        let sent = sent.map(|x509| Validity::of(x509.tbs_certificate().validity()));
        let anchors = self.0.anchors.iter().map(|anchor| anchor.validity);
        let intermediates = self.0.intermediates.iter().map(|intermediate| intermediate.validity);
        let all = sent.chain(anchors).chain(intermediates);
        all.fold(Validity::ALWAYS, |steady, validity| steady.and(validity.side_of(time)))
    }
}
