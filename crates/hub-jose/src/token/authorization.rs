//! The header field of JWT Auth tokens: a scheme, and a compact JWS behind it (FACTS section 4, RFC 9110 section 11.4).

use crate::base64url;
use crate::error::{IssueProblem, TokenError, TokenRule};
use crate::token::{BareToken, Unverified};

/// Takes the one token in the values of a header field apart.
pub(super) fn parse<T: BareToken, V: AsRef<[u8]>>(
    values: impl IntoIterator<Item = V>,
) -> Result<Unverified<T>, TokenError> {
    let value = only(values).map_err(|rule| rule.in_signature(T::ID))?;
    let token = str::from_utf8(value.as_ref()).ok().and_then(credentials);
    Unverified::parse(token.ok_or_else(|| TokenRule::NotJwtAuth.in_signature(T::ID))?)
}

/// What is sent: one of the two schemes that are accepted.
pub(super) fn bearer(token: String) -> Result<String, IssueProblem> {
    Ok(format!("{BEARER} {token}"))
}

/// The only value. Of several, servers in a row may not read the same one.
fn only<V>(values: impl IntoIterator<Item = V>) -> Result<V, TokenRule> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(TokenRule::NoToken),
        (Some(_), Some(_)) => Err(TokenRule::SeveralTokens),
    }
}

/// The compact JWS in a header field's value; `None` if the scheme is another, or what follows is not of that shape: a bearer token
/// of another kind.
fn credentials(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once(' ')?;
    let token = rest.trim_start_matches(' ');
    let is_ours = [BEARER, OZONE_CONNECT].iter().any(|ours| scheme.eq_ignore_ascii_case(ours));
    let (header, rest) = token.split_once('.')?;
    // The start of the header tells enough: how long a token may be is for its parser to say.
    let header = header.get(..64).unwrap_or(header);
    let is_compact = rest.split('.').take(3).count() == 2
        && base64url::decode(header).is_some_and(|header| header.trim_ascii_start().starts_with(b"{"));
    (is_ours && is_compact).then_some(token)
}

const BEARER: &str = "Bearer";

/// The scheme that the Ozone Connect OpenAPI names.
const OZONE_CONNECT: &str = "Ozone-Connect-JWT-Auth";
