//! E0308 JwtAuthRequest JwtAuthResponse
//! A response's token where a request's is due.

use hub_jose::{JwtAuth, JwtAuthRequest, JwtAuthResponse, Unverified};
use hub_roles::{C4, HubToLfi, Sig3, VerificationKey};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;

fn case(
    jwt_auth: &JwtAuth<HubToLfi>,
    right: &Unverified<JwtAuthRequest<HubToLfi>>,
    wrong: &Unverified<JwtAuthResponse<HubToLfi>>,
    key: &VerificationKey<Sig3>,
    peer: &Peer<C4>,
    now: UnixTime,
) {
    #[cfg(twin)]
    {
        let _ = (jwt_auth.verify_request(right, peer, key, now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (jwt_auth.verify_request(wrong, peer, key, now), right);
    }
}

fn main() {
    let _ = case;
}
