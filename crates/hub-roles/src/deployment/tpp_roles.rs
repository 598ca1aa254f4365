//! Who may hold the roles of TPPs.

use std::sync::{Arc, OnceLock};

use crate::deployment::problem::MissingPart;
use crate::expectation::Registration;

/// The same at every instance, so there is one for all of them, made when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct TppRoles {
    pub(super) registered: OnceLock<Result<Arc<Registration>, MissingPart>>,
    pub(super) any: OnceLock<Result<Arc<Registration>, MissingPart>>,
}
