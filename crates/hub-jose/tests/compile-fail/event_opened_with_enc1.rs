//! E0271 Enc1 Enc2
//! A webhook event opened with the LFI's key.

use hub_jose::Opener;
use hub_roles::{DecryptionKey, Enc1, Enc2, WebhookEvent};

fn case(right: DecryptionKey<Enc2>, wrong: DecryptionKey<Enc1>) {
    #[cfg(twin)]
    {
        let _ = (Opener::<WebhookEvent>::new([right]), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (Opener::<WebhookEvent>::new([wrong]), right);
    }
}

fn main() {
    let _ = case;
}
