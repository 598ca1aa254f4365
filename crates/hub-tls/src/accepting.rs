//! The paths, seen from the side that accepts.

use std::fmt;
use std::hash::Hash;

use hub_roles::{HubToLfi, InstanceId, LfiToHub, Path, TppToHub};

/// A path, seen from the side that accepts.
pub trait AcceptingPath: Path {
    /// What the server name of a connection tells: the API Hub instance on [`TppToHub`] and [`LfiToHub`]. On [`HubToLfi`] nothing: one
    /// Ozone Connect serves several instances, and `o3-provider-id` tells them apart in each request (FACTS section 1).
    type Instance: Clone + fmt::Debug + Eq + Hash + Send + Sync + 'static;

    /// Whether all connections are of one client, whom we know: the Hub, on [`HubToLfi`].
    const ONE_CLIENT: bool;
}

impl AcceptingPath for TppToHub {
    type Instance = InstanceId;
    const ONE_CLIENT: bool = false;
}

impl AcceptingPath for LfiToHub {
    type Instance = InstanceId;
    const ONE_CLIENT: bool = false;
}

impl AcceptingPath for HubToLfi {
    type Instance = ();
    const ONE_CLIENT: bool = true;
}
