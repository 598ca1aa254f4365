//! Servers whose certificate is of a public authority: what the Trust Framework says nothing of, and an explicit choice each time.

use hub_roles::{LfiToHub, Path, TppToHub};

mod authorities;
mod hub;

pub use self::authorities::{AuthoritiesError, PublicAuthorities};

/// A path whose server is the API Hub: there the servers may present a public certificate (FACTS section 5), and a connector gives
/// [`rustls_config_for_public_servers`](crate::Connector::rustls_config_for_public_servers).
///
/// The server of [`HubToLfi`](hub_roles::HubToLfi) presents S4, always: the LFI registers it, and the Hub knows it by its organisation.
#[diagnostic::on_unimplemented(
    message = "no server of `{Self}` presents a public certificate",
    note = "public certificates are for the API Hub's servers, on `TppToHub` and `LfiToHub`; an LFI's Ozone Connect presents S4"
)]
pub trait PublicServerPath: Path {}

impl PublicServerPath for TppToHub {}

impl PublicServerPath for LfiToHub {}
