//! E0308 Peer Certificate
//! A certificate is public: it does not stand for a connection.

use hub_jose::{JwtAuth, JwtAuthRequest, Unverified};
use hub_roles::{C4, Certificate, HubToLfi, Sig3, VerificationKey};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;

fn case(
    jwt_auth: &JwtAuth<HubToLfi>,
    token: &Unverified<JwtAuthRequest<HubToLfi>>,
    key: &VerificationKey<Sig3>,
    now: UnixTime,
    peer: &Peer<C4>,
    certificate: &Certificate<C4>,
) {
    #[cfg(twin)]
    {
        let _ = (jwt_auth.verify_request(token, peer, key, now), certificate);
    }
    #[cfg(not(twin))]
    {
        let _ = (jwt_auth.verify_request(token, certificate, key, now), peer);
    }
}

fn main() {
    let _ = case;
}
