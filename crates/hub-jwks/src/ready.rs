//! A key made ready for its role once: parsing it for the cryptographic library costs a good part of a verification.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// What a key became for the first role that asked for it. Keys have one role but for organisation keys that serve as Sig2 and Sig4; the
/// second role makes its own each time.
#[derive(Clone, Default)]
pub(crate) struct Ready(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Ready {
    /// Shows the key as `K`: made by the first who asks, unless making it fails.
    pub(crate) fn show<K: Any + Send + Sync, E, T>(
        &self,
        make: impl FnOnce() -> Result<K, E>,
        look: impl FnOnce(&K) -> T,
    ) -> Result<T, E> {
        if let Some(ready) = self.0.get().and_then(|ready| ready.downcast_ref::<K>()) {
            return Ok(look(ready));
        }
        let made = Arc::new(make()?);
        self.0.get_or_init(|| Arc::<K>::clone(&made));
        Ok(look(&made))
    }
}

/// Two keys are the same whatever was asked of them.
impl PartialEq for Ready {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Ready {}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_the_first_that_asks() {
        let ready = Ready::default();
        let shown = |ready: &Ready, make: Result<u8, &'static str>| ready.show(|| make, |key| *key);
        assert_eq!(shown(&ready, Err("failed")), Err("failed"));
        assert_eq!(shown(&ready, Ok(1)), Ok(1));
        assert_eq!(shown(&ready, Ok(2)), Ok(1), "the first, again");
        let copy = ready.clone();
        assert_eq!(shown(&copy, Ok(2)), Ok(1), "of a copy, too");
        assert_eq!(ready.show(|| Ok::<_, ()>("another kind"), |key| *key), Ok("another kind"));
        assert_eq!(shown(&ready, Ok(2)), Ok(1), "which changes nothing");
    }
}
