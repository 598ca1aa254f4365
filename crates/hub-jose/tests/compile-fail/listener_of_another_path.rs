//! E0308 TppToHub LfiToHub
//! A listener for LFIs where TPPs are served.

use hub_roles::{LfiToHub, TppToHub};
use hub_tls::Listener;

fn serve_tpps(_: Listener<TppToHub>) {}

fn case(right: Listener<TppToHub>, wrong: Listener<LfiToHub>) {
    #[cfg(twin)]
    {
        serve_tpps(right);
        drop(wrong);
    }
    #[cfg(not(twin))]
    {
        serve_tpps(wrong);
        drop(right);
    }
}

fn main() {
    let _ = case;
}
