//! E0599 SoftwareKey
//! A private key gives out no octets.

use hub_roles::{PrivateKey, SoftwareKey};

fn case(key: SoftwareKey) {
    #[cfg(twin)]
    {
        let _ = key.public_key().to_spki_der();
    }
    #[cfg(not(twin))]
    {
        let _ = key.to_pkcs8_der();
        let _: &dyn PrivateKey = &key;
    }
}

fn main() {
    let _ = case;
}
