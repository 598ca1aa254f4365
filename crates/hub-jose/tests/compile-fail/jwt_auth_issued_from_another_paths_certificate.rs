//! E0308 C4 C3
//! The Hub's request issued in the name of an LFI's certificate.

use hub_jose::{JwtAuth, Signer};
use hub_roles::{C3, C4, Certificate, HubToLfi, Sig3};
use rustls_pki_types::UnixTime;

fn case(
    jwt_auth: &JwtAuth<HubToLfi>,
    signer: &Signer<Sig3>,
    right: &Certificate<C4>,
    wrong: &Certificate<C3>,
    now: UnixTime,
) {
    #[cfg(twin)]
    {
        let _ = (jwt_auth.request(signer, right, now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (jwt_auth.request(signer, wrong, now), right);
    }
}

fn main() {
    let _ = case;
}
