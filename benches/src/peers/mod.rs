//! The same work by others: bare cryptography, a codec written by hand on it, and other libraries.
//!
//! Each peer is set up as a careful user would, once, outside of what is measured: keys parsed where the peer can keep them parsed,
//! algorithms pinned, and everything checked that it offers to check. None of them knows kinds of tokens, whose key it is, or single use.

pub(crate) mod bare;
pub(crate) mod by_hand;
mod jose4rs;
mod josekit;
mod jsonwebtoken;
mod jwt_simple;
mod terms;

use std::rc::Rc;

use crate::Outcome;

pub(crate) use self::bare::Keys;
pub(crate) use self::terms::{LEEWAY, Terms, jti, seconds_now};

/// Whoever is in the table.
pub(crate) trait Named {
    fn name(&self) -> &'static str;
}

/// Signs tokens of one kind.
pub(crate) trait TokenSigner: Named {
    /// A token with the terms of its kind, dates from the clock and a random `jti`.
    fn sign(&self) -> Outcome<String>;
}

/// Verifies tokens of one kind.
pub(crate) trait TokenVerifier: Named {
    /// Accepts a token with the terms of its kind, and nothing that it can tell from one.
    fn verify(&self, token: &str) -> Outcome<()>;
}

/// Encrypts and decrypts content by RSA-OAEP-256 and A256GCM, to one key.
pub(crate) trait ContentPeer: Named {
    fn seal(&self, content: &[u8]) -> Outcome<String>;

    fn open(&self, jwe: &str) -> Outcome<Vec<u8>>;
}

/// Who signs tokens, but for hub-jose.
pub(crate) fn signers(keys: &Rc<Keys>, terms: &Rc<Terms>) -> Outcome<Vec<Rc<dyn TokenSigner>>> {
    Ok(vec![
        Rc::new(by_hand::Tokens::new(keys, terms)),
        Rc::new(jsonwebtoken::Tokens::new(keys, terms)?),
        Rc::new(josekit::Tokens::new(keys, terms)?),
        Rc::new(jwt_simple::Tokens::new(keys, terms)?),
    ])
}

/// Who verifies tokens, but for hub-jose.
pub(crate) fn verifiers(keys: &Rc<Keys>, terms: &Rc<Terms>) -> Outcome<Vec<Rc<dyn TokenVerifier>>> {
    Ok(vec![
        Rc::new(by_hand::Tokens::new(keys, terms)),
        Rc::new(jsonwebtoken::Tokens::new(keys, terms)?),
        Rc::new(jose4rs::Tokens::new(keys, terms)?),
        Rc::new(josekit::Tokens::new(keys, terms)?),
        Rc::new(jwt_simple::Tokens::new(keys, terms)?),
    ])
}

/// Who encrypts and decrypts content, but for hub-jose. The one by hand is the first.
pub(crate) fn of_content(keys: &Rc<Keys>, kid: &str) -> Outcome<Vec<Rc<dyn ContentPeer>>> {
    Ok(vec![
        Rc::new(by_hand::Content::new(keys, kid)?),
        Rc::new(jose4rs::Content::new(keys, kid)?),
        Rc::new(josekit::Content::new(keys, kid)?),
    ])
}
