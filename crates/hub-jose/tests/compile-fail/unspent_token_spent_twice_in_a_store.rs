//! E0382 token
//! Spending takes the token away, whether or not the store has answered.

use hub_jose::{AsyncReplayGuard, ClientAssertion, Unspent};
use rustls_pki_types::UnixTime;

async fn case(token: Unspent<ClientAssertion>, store: impl AsyncReplayGuard, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = token.spend_async(&store, now).await;
    }
    #[cfg(not(twin))]
    {
        let _ = token.spend_async(&store, now);
        let _ = token.spend_async(&store, now).await;
    }
}

struct Store;

impl AsyncReplayGuard for Store {
    async fn insert_async(&self, _: &hub_jose::Use, _: UnixTime) -> Result<(), hub_jose::ReplayError> {
        Ok(())
    }
}

fn main() {
    let _ = |token, now| case(token, Store, now);
}
