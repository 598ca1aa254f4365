//! The program `soak`: certificates, trust framework and revocation lists are replaced, again and again, while connections are made.
//!
//! An acceptor and a connector of the LFI's path to the Hub meet each other, and plain rustls with TLS 1.2 on either side; sessions
//! resume everywhere. In each round both present new certificates, and the old ones are revoked. So are four guests, clients
//! and servers of both versions of TLS: they were let in, have sessions to resume, keep a connection open, and keep calling. What must
//! hold:
//!
//! - No call of a good peer fails.
//! - Nobody is handed out once the swaps that refuse them have returned.
//! - The open connections of those that are refused are closed.

mod ends;
mod guests;
mod ledger;
mod material;
mod world;

use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use self::world::{GUESTS, World};

/// Runs the program.
pub async fn main() -> ExitCode {
    match timeout(TIME_LIMIT, soak()).await.unwrap_or_else(|late| Err(late.into())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

async fn soak() -> Result<(), Fault> {
    let mut world = World::new()?;
    let begin = Instant::now();
    world.open().await?;
    for _ in 0..ROUNDS {
        world.round().await?;
    }
    let ledger = world.end();
    let seconds = begin.elapsed().as_secs_f64();
    let [made, resumed, refusals, closed] =
        [&ledger.connections, &ledger.resumed, &ledger.refusals, &ledger.closed].map(|count| count.load(SeqCst));
    println!(
        "{ROUNDS} rounds in {seconds:.1} s: {} certificates replaced, {} revoked",
        ROUNDS * 2,
        ROUNDS * (2 + GUESTS)
    );
    println!("{made} connections of good peers, {:.0} a second, {resumed} of them resumed", made as f64 / seconds);
    println!("of revoked peers: {refusals} handshakes refused, {closed} open connections closed");
    ledger.sound()?;
    if closed < ROUNDS * GUESTS || resumed < ROUNDS {
        return Err("too few to mean anything".into());
    }
    Ok(())
}

/// What ends the program.
type Fault = Box<dyn Error + Send + Sync>;

const ROUNDS: usize = 64;
/// Against hanging only: how long it takes is not judged.
const TIME_LIMIT: Duration = Duration::from_secs(600);
