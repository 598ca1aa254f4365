//! E0271 LoginHint Pii
//! A login hint sealed as PII, which has the same keys.

use hub_jose::{LoginHintDraft, Sealer};
use hub_roles::{LoginHint, Pii};
use rustls_pki_types::UnixTime;

fn case(right: &Sealer<'_, LoginHint>, wrong: &Sealer<'_, Pii>, hint: &LoginHintDraft, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = (right.seal(hint, now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (wrong.seal(hint, now), right);
    }
}

fn main() {
    let _ = case;
}
