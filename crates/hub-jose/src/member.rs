//! Members of JSON objects, gone through one by one: no table of them is built.

use std::borrow::Cow;

use serde::Deserialize;

/// A member's name, unescaped.
#[derive(Deserialize)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// The lesser of two positions, of which either may be none. So what is found first does not depend on the members' order.
pub(crate) fn least(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    a.into_iter().chain(b).min()
}
