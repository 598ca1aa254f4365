//! E0382 prepared
//! Completing an opening takes it away.

use hub_jose::PreparedOpening;
use hub_roles::Pii;

fn case(prepared: PreparedOpening<Pii>, content_key: Vec<u8>) {
    #[cfg(twin)]
    {
        let _ = prepared.complete(Ok::<_, ()>(content_key));
    }
    #[cfg(not(twin))]
    {
        let _ = prepared.complete(Ok::<_, ()>(content_key.clone()));
        let _ = prepared.complete(Ok::<_, ()>(content_key));
    }
}

fn main() {
    let _ = case;
}
