//! E0308 C1 C3
//! A C1 credential from a C3 certificate.

use std::sync::Arc;

use hub_roles::{C1, C3, Certificate, Credential, PrivateKey};

fn case(right: Certificate<C1>, wrong: Certificate<C3>, key: Arc<dyn PrivateKey>) {
    #[cfg(twin)]
    {
        let _ = Credential::<C1>::with_shared_key(right, key);
        drop(wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = Credential::<C1>::with_shared_key(wrong, key);
        drop(right);
    }
}

fn main() {
    let _ = case;
}
