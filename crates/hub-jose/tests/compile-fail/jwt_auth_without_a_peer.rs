//! E0061 Peer
//! A JWT Auth token verified without the peer of its connection.

use hub_jose::{JwtAuth, JwtAuthRequest, Unverified};
use hub_roles::{C4, HubToLfi, Sig3, VerificationKey};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;

fn case(
    jwt_auth: &JwtAuth<HubToLfi>,
    token: &Unverified<JwtAuthRequest<HubToLfi>>,
    key: &VerificationKey<Sig3>,
    now: UnixTime,
    peer: &Peer<C4>,
) {
    #[cfg(twin)]
    {
        let _ = jwt_auth.verify_request(token, peer, key, now);
    }
    #[cfg(not(twin))]
    {
        let _ = (jwt_auth.verify_request(token, key, now), peer);
    }
}

fn main() {
    let _ = case;
}
