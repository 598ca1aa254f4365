//! E0277 Sig2 Transport
//! A response comes from a server, in its transport role.

use axum::http::Extensions;
use hub_roles::{S1, Sig2};
use hub_tls::Peer;

fn case(extensions: &Extensions) {
    #[cfg(twin)]
    let _: Option<&Peer<S1>> = Peer::of(extensions);
    #[cfg(not(twin))]
    let _: Option<&Peer<Sig2>> = Peer::of(extensions);
    let _: Option<(S1, Sig2)> = None;
}

fn main() {
    let _ = case;
}
