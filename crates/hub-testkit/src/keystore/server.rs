//! The HTTPS server in front of a shelf.

use core::net::Ipv4Addr;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::shelf::{NoAnswer, Shelf};
use crate::{Error, Issued};

/// Listens on the loopback interface until `stop` closes. Each connection is met with what `presented` is then.
pub(super) async fn start(
    presented: watch::Receiver<Arc<ServerConfig>>,
    shelf: Shelf,
    stop: watch::Receiver<()>,
) -> Result<SocketAddr, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(accept(listener, presented, shelf, stop));
    Ok(address)
}

async fn accept(
    listener: TcpListener,
    presented: watch::Receiver<Arc<ServerConfig>>,
    shelf: Shelf,
    mut stop: watch::Receiver<()>,
) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        if let Ok((stream, _)) = stream {
            let acceptor = TlsAcceptor::from(Arc::clone(&presented.borrow()));
            tokio::spawn(serve(stream, acceptor, shelf.clone(), stop.clone()));
        }
    }
}

/// Serves one connection. When `stop` closes, a request is no longer waited with.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, shelf: Shelf, mut stop: watch::Receiver<()>) {
    let stream = tokio::select! {
        Ok(stream) = acceptor.accept(stream) => stream,
        _ = stop.changed() => return,
        else => return,
    };
    let until = stop.clone();
    let service = service_fn(|request: Request<Incoming>| {
        let (shelf, mut stop) = (&shelf, until.clone());
        async move {
            tokio::select! {
                biased;
                answer = shelf.answer(request.method(), request.uri().path(), request.headers()) => answer,
                _ = stop.changed() => Err(NoAnswer),
            }
        }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    // A client that leaves in the middle is its own affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// What presents this certificate.
pub(super) fn config(own: &Issued) -> Result<Arc<ServerConfig>, Error> {
    let rejected = |reason: rustls::Error| Error::rejected("the keystore's TLS configuration", reason);
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(rejected)?
        .with_no_client_auth()
        .with_single_cert(own.chain(), own.private_key())
        .map_err(rejected)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
