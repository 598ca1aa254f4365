//! Two ends that meet over memory, in one thread.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::{Builder, Runtime};

use crate::Outcome;
use crate::connections::stock::{StockClient, StockServer};
use crate::harness::Operation;

/// The end that accepts.
pub(super) trait Server {
    type Stream: AsyncWrite + Unpin;

    async fn accept(&self, io: DuplexStream) -> Outcome<Self::Stream>;

    /// Forgets whom it has verified, if it remembers that.
    fn forget(&self) -> Outcome<()> {
        Ok(())
    }
}

/// The end that connects.
pub(super) trait Client {
    type Stream: AsyncRead + Unpin;

    async fn connect(&self, io: DuplexStream) -> Outcome<Self::Stream>;

    /// Whether the handshake resumed a session.
    fn resumed(stream: &Self::Stream) -> bool;

    /// Forgets whom it has verified, if it remembers that.
    fn forget(&self) -> Outcome<()> {
        Ok(())
    }
}

/// Handshakes between two ends, again and again.
pub(super) struct Meeting<S, C> {
    runtime: Runtime,
    server: S,
    client: C,
    resumes: bool,
}

impl<S: Server, C: Client> Meeting<S, C> {
    /// Each handshake is a full one.
    pub(super) fn full(server: S, client: C) -> Outcome<Self> {
        Ok(Self { runtime: Builder::new_current_thread().build()?, server, client, resumes: false })
    }

    /// Each handshake resumes the session of the one before. The first has been already.
    pub(super) fn resuming(server: S, client: C) -> Outcome<Self> {
        let meeting = Self::full(server, client)?;
        meeting.hold()?;
        Ok(Self { resumes: true, ..meeting })
    }

    fn hold(&self) -> Outcome<()> {
        self.runtime.block_on(meet(&self.server, &self.client, self.resumes))
    }
}

impl<S: Server, C: Client> Operation for Meeting<S, C> {
    fn run(&mut self) -> Outcome<()> {
        self.hold()
    }
}

/// Full handshakes, before each of which both ends have met somebody else.
///
/// So it is between peers that are new to each other: what makes an end forget leaves it with memory that no processor has in its caches,
/// and the handshake with somebody else brings it back. Whoever is compared with them has met the same others.
pub(super) struct AmongOthers<S, C> {
    pub(super) meeting: Meeting<S, C>,
    pub(super) other_server: StockServer,
    pub(super) other_client: StockClient,
    pub(super) new_peers: bool,
}

impl<S: Server, C: Client> Operation for AmongOthers<S, C> {
    fn make_ready(&mut self, _times: usize) -> Outcome<()> {
        let Meeting { runtime, server, client, .. } = &self.meeting;
        if self.new_peers {
            server.forget()?;
            client.forget()?;
        }
        runtime.block_on(async {
            meet(server, &self.other_client, false).await?;
            meet(&self.other_server, client, false).await
        })
    }

    fn at_once(&self) -> usize {
        1
    }

    fn run(&mut self) -> Outcome<()> {
        self.meeting.hold()
    }
}

/// Runs both ends until the client has read the server's first octet, and with it that the server accepts it.
async fn meet<S: Server, C: Client>(server: &S, client: &C, resumes: bool) -> Outcome<()> {
    let (here, there) = duplex(BUFFER);
    let (accepted, connected) = tokio::join!(
        async {
            let mut stream = server.accept(here).await?;
            stream.write_all(b"!").await?;
            Ok::<_, Box<dyn std::error::Error>>(stream)
        },
        async {
            let mut stream = client.connect(there).await?;
            stream.read_exact(&mut [0]).await?;
            Ok::<_, Box<dyn std::error::Error>>(stream)
        },
    );
    accepted?;
    match (C::resumed(&connected?), resumes) {
        (true, false) => Err("a session was resumed that should not be".into()),
        (false, true) => Err("no session was resumed".into()),
        _ => Ok(()),
    }
}

/// No message has to wait for another one to be read.
const BUFFER: usize = 64 * 1024;
