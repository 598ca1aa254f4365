//! What the Hub remembers of a consent, from the pushed request to the payment.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use hub_jose::{AuthorizationRequest, Confirmation};
use hub_roles::{ClientId, InstanceId};

use crate::ecosystem::failure::Failure;
use crate::ecosystem::messages::{Consent, ConsentRequest};

/// All consents, by ID.
#[derive(Default)]
pub(super) struct Consents(Mutex<HashMap<String, Entry>>);

/// One consent.
pub(super) struct Entry {
    pub(super) instance: InstanceId,
    pub(super) client: ClientId,
    pub(super) consent: Consent,
    pub(super) request: AuthorizationRequest<ConsentRequest>,
    pub(super) status: Status,
    pub(super) request_uri: String,
    pub(super) interaction: String,
    /// The authorisation code, until it is redeemed.
    pub(super) code: Option<String>,
    pub(super) access: Option<AccessToken>,
}

/// An access token, and the C1 that it is bound to.
pub(super) struct AccessToken {
    pub(super) value: String,
    pub(super) cnf: Confirmation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    AwaitingAuthorization,
    Authorized,
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AwaitingAuthorization => "AwaitingAuthorization",
            Self::Authorized => "Authorized",
        }
    }
}

impl Consents {
    /// Adds a consent whose ID is new.
    pub(super) fn add(&self, entry: Entry) -> Result<(), Failure> {
        let id = entry.consent.consent_id.clone();
        match self.lock().entry(id) {
            std::collections::hash_map::Entry::Occupied(_) => {
                Err(Failure::new("consent.known", "there is a consent of this ID"))
            }
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(entry);
                Ok(())
            }
        }
    }

    /// Reads or changes the one consent of `instance` that `is_meant`.
    pub(super) fn with<T>(
        &self,
        instance: &InstanceId,
        is_meant: impl Fn(&Entry) -> bool,
        action: impl FnOnce(&mut Entry) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut entries = self.lock();
        let found = entries.values_mut().find(|entry| entry.instance == *instance && is_meant(entry));
        match found {
            Some(entry) => action(entry),
            None => Err(Failure::new("consent.unknown", "there is no such consent").status(StatusCode::NOT_FOUND)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
