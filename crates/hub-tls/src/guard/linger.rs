//! Leaving in such a way that the last word is heard.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// The longest time that is waited for a refused client to go.
const LONGEST: Duration = Duration::from_secs(2);
/// The most that is read of what it has sent meanwhile, in octets: a request of the largest body that is usual here, 1 MiB, in TLS records.
const MOST: u64 = 2 * 1024 * 1024;

/// Ends a connection on which an alert was sent.
///
/// A connection that is closed while something lies unread is reset (RFC 1122 section 4.2.2.13), and a client that is reset may never
/// read the alert: in TLS 1.3 it believes itself connected, and sends its request. So what it sends is read and thrown away until it has
/// gone, for as long as there is time, and not longer than it helps.
pub(super) async fn linger<IO: AsyncRead + AsyncWrite + Unpin>(mut io: IO, time: Duration) {
    let leaving = async {
        io.shutdown().await?;
        tokio::io::copy(&mut io.take(MOST), &mut tokio::io::sink()).await
    };
    // Whether it went in time or not, there is no more to do for it.
    drop(timeout(time.min(LONGEST), leaving).await);
}
