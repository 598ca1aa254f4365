//! E0451 Credential
//! A credential joins a certificate and its key by a check.

use std::sync::Arc;

use hub_roles::{C1, Certificate, Credential, PrivateKey};

fn case(certificate: Certificate<C1>, key: Arc<dyn PrivateKey>) {
    #[cfg(twin)]
    {
        let _ = Credential::<C1>::with_shared_key(certificate, key);
    }
    #[cfg(not(twin))]
    {
        let _ = Credential::<C1> { certificate, key };
    }
}

fn main() {
    let _ = case;
}
