//! E0277 ServedOn Anybody
//! Whoever serves routes says on which path.

use axum::Router;
use hub_roles::HubToLfi;
use hub_tls::{Listener, ServedOn};

#[derive(Clone)]
struct Bank;

impl ServedOn for Bank {
    type Path = HubToLfi;
}

#[derive(Clone)]
struct Anybody;

async fn case(listener: Listener<HubToLfi>, right: Router<Bank>, wrong: Router<Anybody>) {
    #[cfg(twin)]
    {
        let _ = (listener.serve(right, Bank).await, wrong, Anybody);
    }
    #[cfg(not(twin))]
    {
        let _ = (listener.serve(wrong, Anybody).await, right, Bank);
    }
}

fn main() {
    let _ = case;
}
