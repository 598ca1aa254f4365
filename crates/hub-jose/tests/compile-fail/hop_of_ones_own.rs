//! E0277 Sealed
//! A hop that the program itself declares proven.

use hub_tls::{Hop, HopError};

#[derive(Debug)]
struct Believed;

#[cfg(twin)]
impl Believed {
    fn prove(&self, _: ()) -> Result<(), HopError> {
        Ok(())
    }
}

#[cfg(not(twin))]
impl Hop for Believed {
    type Evidence<'e> = ();

    fn prove(&self, _: ()) -> Result<(), HopError> {
        Ok(())
    }
}

#[cfg(twin)]
fn case<H: Hop>(_: &H) -> Result<(), HopError> {
    Believed.prove(())
}

#[cfg(not(twin))]
fn case() -> Result<(), HopError> {
    Believed.prove(())
}

fn main() {
    #[cfg(twin)]
    let _ = case::<hub_tls::MutualTls>;
    #[cfg(not(twin))]
    let _ = case;
}
