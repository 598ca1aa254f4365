//! E0599 watch_keeping_old LfiToHub
//! Access tokens are bound to C1 alone: files of another certificate replace what was there.

use std::time::Duration;

use hub_roles::{LfiToHub, TppToHub};
use hub_tls::{Connector, PemFiles, Rotation, WatchSettings};

fn case(right: Rotation<Connector<TppToHub>>, wrong: Rotation<Connector<LfiToHub>>, files: PemFiles) {
    #[cfg(twin)]
    let _ = (right.watch_keeping_old(files, Duration::ZERO, &WatchSettings::new()), &wrong);
    #[cfg(not(twin))]
    let _ = (wrong.watch_keeping_old(files, Duration::ZERO, &WatchSettings::new()), &right);
}

fn main() {
    let _ = case;
}
