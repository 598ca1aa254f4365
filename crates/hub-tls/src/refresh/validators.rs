//! What tells a server which list we have already.

use http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What a server said of the list it gave, to be told it again with the next request (RFC 9110 section 13.1). It is the server's own
/// word, and only given back to it.
#[derive(Clone, Default)]
pub(super) struct Validators {
    entity_tag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

impl Validators {
    pub(super) fn of_answer(headers: &HeaderMap) -> Self {
        let said = |name| headers.get(name).cloned();
        Self { entity_tag: said(ETAG), last_modified: said(LAST_MODIFIED) }
    }

    /// Whether there is none: then no answer may say that nothing was modified.
    pub(super) fn is_empty(&self) -> bool {
        self.entity_tag.is_none() && self.last_modified.is_none()
    }

    /// The conditions of a request. A server that knows entity tags goes by those (RFC 9110 section 13.2.2).
    pub(super) fn conditions(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let conditions = [(IF_NONE_MATCH, &self.entity_tag), (IF_MODIFIED_SINCE, &self.last_modified)];
        conditions.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)))
    }
}
