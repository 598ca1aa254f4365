//! E0308 C4 C3
//! The Hub's request on an LFI's connection.

use hub_jose::{JwtAuth, JwtAuthRequest, Unverified};
use hub_roles::{C3, C4, HubToLfi, Sig3, VerificationKey};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;

fn case(
    jwt_auth: &JwtAuth<HubToLfi>,
    token: &Unverified<JwtAuthRequest<HubToLfi>>,
    key: &VerificationKey<Sig3>,
    now: UnixTime,
    right: &Peer<C4>,
    wrong: &Peer<C3>,
) {
    #[cfg(twin)]
    {
        let _ = (jwt_auth.verify_request(token, right, key, now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (jwt_auth.verify_request(token, wrong, key, now), right);
    }
}

fn main() {
    let _ = case;
}
