//! E0271 HubToLfi TppToHub
//! Routes for the Hub are not served to TPPs.

use axum::Router;
use hub_roles::{HubToLfi, TppToHub};
use hub_tls::{Listener, ServedOn};

#[derive(Clone)]
struct Bank;

impl ServedOn for Bank {
    type Path = HubToLfi;
}

async fn case(right: Listener<HubToLfi>, wrong: Listener<TppToHub>, routes: Router<Bank>) {
    #[cfg(twin)]
    {
        let _ = (right.serve(routes, Bank).await, wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (wrong.serve(routes, Bank).await, right);
    }
}

fn main() {
    let _ = case;
}
