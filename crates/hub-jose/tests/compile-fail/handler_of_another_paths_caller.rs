//! E0277 Handler TppToHub
//! Routes for the Hub have no handler that asks for a TPP.

use axum::Router;
use axum::routing::get;
use hub_roles::{HubToLfi, TppToHub};
use hub_tls::{Caller, ServedOn};

#[derive(Clone)]
struct Bank;

impl ServedOn for Bank {
    type Path = HubToLfi;
}

async fn right(_: Caller<HubToLfi>) {}

async fn wrong(_: Caller<TppToHub>) {}

fn case() -> Router<Bank> {
    #[cfg(twin)]
    {
        let _ = wrong;
        Router::new().route("/", get(right))
    }
    #[cfg(not(twin))]
    {
        let _ = right;
        Router::new().route("/", get(wrong))
    }
}

fn main() {
    let _ = case;
}
