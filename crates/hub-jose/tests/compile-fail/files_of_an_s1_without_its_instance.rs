//! E0308 InstanceId PemFiles
//! Files are one instance's: an acceptor of several must know whose.

use hub_roles::{InstanceId, TppToHub};
use hub_tls::{Acceptor, PemFiles, Rotation, WatchSettings};

fn case(rotation: Rotation<Acceptor<TppToHub>>, instance: InstanceId, files: [PemFiles; 2]) {
    let [ours, others] = files;
    #[cfg(twin)]
    let _ = (rotation.watch(instance, ours, &WatchSettings::new()), others);
    #[cfg(not(twin))]
    let _ = (rotation.watch(others, ours, &WatchSettings::new()), instance);
}

fn main() {
    let _ = case;
}
