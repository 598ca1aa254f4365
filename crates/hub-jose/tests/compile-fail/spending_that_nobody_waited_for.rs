//! E0599 claims Future
//! Claims come with the store's answer, not with the question.

use hub_jose::{ClientAssertion, MemoryReplayGuard, Unspent};
use rustls_pki_types::UnixTime;

async fn case(token: Unspent<ClientAssertion>, guard: &MemoryReplayGuard, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = token.spend_async(guard, now).await.map(|token| token.claims().clone());
    }
    #[cfg(not(twin))]
    {
        let _ = token.spend_async(guard, now).claims().clone();
    }
}

fn main() {
    let _ = case;
}
