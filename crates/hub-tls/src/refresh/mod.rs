//! Revocation lists that are fetched in the background.

mod error;
mod fetch;
mod follower;
mod following;
mod health;
mod in_force;
mod keeping;
mod point;
mod schedule;
mod settings;
mod validators;

use std::fmt;
use std::sync::Arc;

use hub_roles::{RevocationPolicy, TrustFramework};
#[cfg(feature = "watch")]
use rustls_pki_types::UnixTime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

pub use self::error::{RefreshError, RefresherError};
use self::fetch::Fetcher;
pub use self::follower::TrustFollower;
pub use self::following::Following;
pub use self::health::{ListHealth, PointHealth, RefreshHealth};
use self::in_force::InForce;
use self::keeping::{Keeping, Shared};
pub use self::point::DistributionPoint;
pub use self::settings::RefreshSettings;
use crate::error::ConfigError;

/// Keeps the revocation lists of a trust framework fresh, at every acceptor, connector and trusted proxy that
/// [follows](Self::follow).
///
/// Each distribution point is fetched by itself: when the refresher starts, then at an interval, more often when the list's end
/// (`nextUpdate`) comes near, and after a failure with exponential backoff and full jitter. Only URLs that were configured are fetched,
/// no redirect is followed, and size and time are limited. A server that can tell that a list has not changed since (`ETag`,
/// `Last-Modified`) does not send it again. No handshake ever waits for a fetch.
///
/// A list that differs from the one in force is checked as by [`TrustFramework::with_revocation_lists`], put into the trust framework,
/// and that [swapped](crate::Rotation) in at all followers: whoever is listed is out at once, on open connections too. One that is not
/// taken, because it is older, of the future, of another CA, badly signed or no list at all, is reported and changes nothing, nor does
/// a server that is out of order: the last good list stays. Under [`RevocationPolicy::IfPresent`] that refuses nobody else, under
/// [`RevocationPolicy::Required`] everybody once the list has expired.
///
/// What happens is told by `tracing` events, and [`health`](Self::health) tells how it stands. Dropping the refresher ends it: its
/// followers keep what they have, or what was being given to them at that moment. A follower leaves before that when its [`Following`] is
/// dropped. It runs in a tokio runtime that has I/O and time enabled.
///
/// ```
/// use hub_roles::{C4, HubToLfi};
/// use hub_tls::{Acceptor, DistributionPoint, RefreshSettings, Refresher};
/// # use hub_testkit::{CrlSpec, Ecosystem};
/// # use rustls_pki_types::UnixTime;
/// # use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let eco = Ecosystem::sandbox(UnixTime::now())?;
/// # let (trust, bank) = (eco.trust(), eco.lfi("bank")?);
/// # let list = eco.authority().crl(&CrlSpec::current(UnixTime::now()))?;
/// # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let url = format!("http://{}/issuer.crl", server.local_addr()?);
/// # tokio::spawn(async move {
/// #     let (mut stream, _) = server.accept().await?;
/// #     stream.read(&mut [0; 4096]).await?;
/// #     let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", list.der().len());
/// #     stream.write_all(&[head.as_bytes(), list.der()].concat()).await
/// # });
/// // `url` is such as http://crl.sandbox.pki.openfinance.ae/issuer.crl
/// let point = DistributionPoint::new(&url)?;
/// let refresher = Refresher::start(trust, [point], &RefreshSettings::new()).await?;
/// assert!(refresher.refresh_now().await.is_good(UnixTime::now()));
///
/// let acceptor = Acceptor::<HubToLfi>::new(&refresher.trust(), bank.deployment(), bank.s4())?;
/// let _following = refresher.follow(acceptor.rotation())?; // kept as long as the acceptor
/// # Ok(())
/// # }
/// ```
pub struct Refresher {
    shared: Arc<Shared>,
    points: Vec<Point>,
    /// Ends with the refresher.
    _tasks: JoinSet<()>,
}

struct Point {
    keeping: Arc<Keeping>,
    requests: mpsc::Sender<oneshot::Sender<()>>,
}

impl Refresher {
    /// Takes the lists that were saved, and begins to fetch. It does not wait for a list: [`refresh_now`](Self::refresh_now) does.
    ///
    /// `trust` may hold lists already, which may be newer or older than those that were saved. Other distribution points than these
    /// need another refresher, started with [`trust`](Self::trust) of this one.
    ///
    /// # Errors
    /// [`RefresherError`]: no distribution point, one given twice, one of `https` without a TLS configuration, a limit of zero.
    pub async fn start(
        trust: &TrustFramework,
        points: impl IntoIterator<Item = DistributionPoint>,
        settings: &RefreshSettings,
    ) -> Result<Self, RefresherError> {
        settings.check()?;
        let (fetcher, in_force) = (Fetcher::new(settings), InForce::new(trust.clone()));
        let points = checked(points.into_iter().collect(), &fetcher)?;
        let shared = Arc::new(Shared { in_force, fetcher, settings: settings.clone() });
        let (mut kept, mut tasks) = (Vec::new(), JoinSet::new());
        for mut point in points {
            let saved = point.saved.take();
            let keeping = Arc::new(Keeping::new(Arc::clone(&shared), point));
            if let Some(list) = saved {
                keeping.take_saved(list).await;
            }
            let (requests, asked) = mpsc::channel(REQUESTS);
            tasks.spawn(Arc::clone(&keeping).run(asked));
            kept.push(Point { keeping, requests });
        }
        Ok(Self { shared, points: kept, _tasks: tasks })
    }

    /// Gives the trust framework in force to a follower, now and whenever it changes, for as long as the refresher lives and what this
    /// returns is kept.
    ///
    /// The follower's trust framework is the refresher's business until then: its bundle is replaced by
    /// [`set_trust`](Self::set_trust).
    ///
    /// # Errors
    /// [`ConfigError`]: it refused the trust framework, and does not follow.
    pub fn follow(&self, follower: impl TrustFollower) -> Result<Following, ConfigError> {
        self.shared.in_force.follow(Arc::new(follower))
    }

    /// The trust framework in force.
    #[must_use]
    pub fn trust(&self) -> TrustFramework {
        self.shared.in_force.trust()
    }

    /// Puts another bundle in force at all followers, as the [successor](TrustFramework::succeeding) of the one that is: with its
    /// lists, and no weaker policy. Tells how many connections that closed. It verifies their chains on this thread.
    ///
    /// # Errors
    /// [`RefresherError::Environment`], and [`RefresherError::Follower`] where a follower refuses it: then all of them go by the bundle
    /// of before, with the newest lists of both.
    pub fn set_trust(&self, trust: &TrustFramework) -> Result<usize, RefresherError> {
        self.shared.in_force.succeed(trust)
    }

    /// Puts another policy in force at all followers, a weaker one too: to go on without lists while a CA publishes none. Tells how
    /// many connections that closed. It verifies their chains on this thread.
    ///
    /// # Errors
    /// [`RefresherError::Follower`]: a follower refuses it, and none goes by it.
    pub fn set_policy(&self, policy: RevocationPolicy) -> Result<usize, RefresherError> {
        self.shared.in_force.set_policy(policy)
    }

    /// Fetches from all distribution points now, and tells how it stands after that. What is planned is planned anew.
    pub async fn refresh_now(&self) -> RefreshHealth {
        let mut asked = Vec::new();
        for point in &self.points {
            let (done, waiting) = oneshot::channel();
            // The task of each point lives as long as the refresher.
            if point.requests.send(done).await.is_ok() {
                asked.push(waiting);
            }
        }
        for waiting in asked {
            drop(waiting.await);
        }
        self.health()
    }

    /// The time by its clock.
    #[cfg(feature = "watch")]
    pub(crate) fn now(&self) -> UnixTime {
        self.shared.settings.clock.now()
    }

    /// How it stands. It waits for a swap that is under way.
    #[must_use]
    pub fn health(&self) -> RefreshHealth {
        RefreshHealth {
            points: self.points.iter().map(|point| point.keeping.health()).collect(),
            refused: self.shared.in_force.refusals(),
        }
    }
}

impl fmt::Debug for Refresher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refresher({} distribution points, {:?})", self.points.len(), self.trust())
    }
}

/// Points that can be fetched from, each once.
fn checked(points: Vec<DistributionPoint>, fetcher: &Fetcher) -> Result<Vec<DistributionPoint>, RefresherError> {
    for (index, point) in points.iter().enumerate() {
        let url = || point.url().to_owned();
        if points.iter().take(index).any(|other| other.url == point.url) {
            return Err(RefresherError::Twice { url: url() });
        }
        if !fetcher.speaks(&point.url) {
            return Err(RefresherError::NoTls { url: url() });
        }
    }
    if points.is_empty() { Err(RefresherError::NoPoint) } else { Ok(points) }
}

/// How many may ask for a fetch before the last ones wait to ask.
const REQUESTS: usize = 16;
