//! E0308 TppToHub HubToLfi
//! An HTTP client of one path over the connector of another.

use hub_roles::{HubToLfi, TppToHub};
use hub_tls::{Connector, HttpsConnector};

fn case(right: Connector<TppToHub>, wrong: Connector<HubToLfi>) {
    #[cfg(twin)]
    let _ = HttpsConnector::<TppToHub>::new(right);
    #[cfg(not(twin))]
    let _ = HttpsConnector::<TppToHub>::new(wrong);
}

fn main() {
    let _ = case;
}
