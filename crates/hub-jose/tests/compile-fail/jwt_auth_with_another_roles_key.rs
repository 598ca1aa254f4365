//! E0308 Sig3 Sig4
//! The Hub's request verified with the LFI's key.

use hub_jose::{JwtAuth, JwtAuthRequest, Unverified};
use hub_roles::{C4, HubToLfi, Sig3, Sig4, VerificationKey};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;

fn case(
    jwt_auth: &JwtAuth<HubToLfi>,
    token: &Unverified<JwtAuthRequest<HubToLfi>>,
    peer: &Peer<C4>,
    right: &VerificationKey<Sig3>,
    wrong: &VerificationKey<Sig4>,
    now: UnixTime,
) {
    #[cfg(twin)]
    {
        let _ = (jwt_auth.verify_request(token, peer, right, now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (jwt_auth.verify_request(token, peer, wrong, now), right);
    }
}

fn main() {
    let _ = case;
}
