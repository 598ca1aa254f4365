//! E0308 Pii WebhookEvent
//! PII opened as an event.

use hub_jose::{PreparedOpening, TokenError, Unverified};
use hub_roles::{Pii, WebhookEvent};

fn case(right: PreparedOpening<WebhookEvent>, wrong: PreparedOpening<Pii>) {
    #[cfg(twin)]
    {
        let _: (Result<Unverified<WebhookEvent>, TokenError>, _) = (right.decrypt(), wrong);
    }
    #[cfg(not(twin))]
    {
        let _: (Result<Unverified<WebhookEvent>, TokenError>, _) = (wrong.decrypt(), right);
    }
}

fn main() {
    let _ = case;
}
