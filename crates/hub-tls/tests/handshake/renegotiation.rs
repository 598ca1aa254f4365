//! TLS 1.2 has renegotiation. rustls does not, so the records of a client that asks for it are sealed here.

use std::io;
use std::sync::Arc;

use hub_roles::C4;
use rustls::crypto::cipher::{AeadKey, InboundOpaqueMessage, OutboundChunks, OutboundPlainMessage};
use rustls::version::TLS12;
use rustls::{
    ClientConnection, ConnectionTrafficSecrets, ContentType, ProtocolVersion, SupportedCipherSuite, Tls12CipherSuite,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use crate::generous::client_config;
use crate::hello::record;
use crate::world::*;

/// A client that asks for another handshake so often: the first time it is told no, and the connection goes on as it was (RFC 5246 section
/// 7.2.2). What the acceptor reads after the last time.
pub(crate) async fn asking_again(times: usize) -> io::Result<usize> {
    const CLOSE_NOTIFY: [u8; 2] = [1, 0];
    const NO_RENEGOTIATION: [u8; 2] = [1, 100];
    let acceptor = for_hub(ECO.trust());
    let (read, ()) = meet(
        async |io| {
            let (_, mut stream) = acceptor.accept(io).await.unwrap().into_parts();
            let mut word = [0; 4];
            stream.read_exact(&mut word).await.unwrap();
            assert_eq!(&word, b"word");
            stream.write_all(b"answer").await.unwrap();
            stream.read(&mut word).await
        },
        async |io| {
            let mut config = client_config(Some(issued::<C4>("ozone")), &TLS12);
            config.enable_secret_extraction = true;
            let config = Arc::new(config);
            let hello = hello_of(ClientConnection::new(Arc::clone(&config), server_name(BANK_OZONE_CONNECT)).unwrap());
            let client = TlsConnector::from(config);
            let (mut io, connection) = client.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap().into_inner();

            let mut sealed = Sealed::after(connection);
            if times > 0 {
                io.write_all(&sealed.seal(ContentType::Handshake, &hello)).await.unwrap();
            }
            io.write_all(&sealed.seal(ContentType::ApplicationData, b"word")).await.unwrap();
            if times > 0 {
                let answered = sealed.open(record(&mut io).await.unwrap());
                assert_eq!(answered, (ContentType::Alert, NO_RENEGOTIATION.to_vec()));
            }
            let answered = sealed.open(record(&mut io).await.unwrap());
            assert_eq!(answered, (ContentType::ApplicationData, b"answer".to_vec()));
            for _ in 1..times {
                io.write_all(&sealed.seal(ContentType::Handshake, &hello)).await.unwrap();
            }
            io.write_all(&sealed.seal(ContentType::Alert, &CLOSE_NOTIFY)).await.unwrap();
            io.read_to_end(&mut Vec::new()).await.ok();
        },
    )
    .await;
    read
}

/// The message a client begins with, without the header of its record.
fn hello_of(mut client: ClientConnection) -> Vec<u8> {
    let mut sent = Vec::new();
    client.write_tls(&mut sent).unwrap();
    sent.split_off(5)
}

/// The keys of a connection, in hands that seal what they like.
struct Sealed {
    suite: &'static Tls12CipherSuite,
    ours: (u64, ConnectionTrafficSecrets),
    theirs: (u64, ConnectionTrafficSecrets),
}

impl Sealed {
    fn after(connection: ClientConnection) -> Self {
        let Some(SupportedCipherSuite::Tls12(suite)) = connection.negotiated_cipher_suite() else { panic!("TLS 1.2") };
        let secrets = connection.dangerous_extract_secrets().unwrap();
        Self { suite, ours: secrets.tx, theirs: secrets.rx }
    }

    fn seal(&mut self, typ: ContentType, content: &[u8]) -> Vec<u8> {
        let (number, secrets) = &mut self.ours;
        let (key, salt, explicit) = parts(secrets);
        let payload = OutboundChunks::Single(content);
        let plain = OutboundPlainMessage { typ, version: ProtocolVersion::TLSv1_2, payload };
        let sealed = self.suite.aead_alg.encrypter(key, salt, explicit).encrypt(plain, *number).unwrap();
        *number += 1;
        sealed.encode()
    }

    fn open(&mut self, mut record: Vec<u8>) -> (ContentType, Vec<u8>) {
        let (number, secrets) = &mut self.theirs;
        let (key, salt, _) = parts(secrets);
        let typ = ContentType::from(record[0]);
        let sealed = InboundOpaqueMessage::new(typ, ProtocolVersion::TLSv1_2, &mut record[1..]);
        let mut decrypter = self.suite.aead_alg.decrypter(key, salt);
        let plain = decrypter.decrypt(sealed, *number).unwrap();
        *number += 1;
        (plain.typ, plain.payload.to_vec())
    }
}

/// Key and IV, this split into the octets that are the key's and those that are the record's (RFC 5288 section 3).
fn parts(secrets: &ConnectionTrafficSecrets) -> (AeadKey, &[u8], &[u8]) {
    let ConnectionTrafficSecrets::Aes256Gcm { key, iv } = secrets else { panic!("AES-256-GCM") };
    let octets: [u8; 32] = key.as_ref().try_into().unwrap();
    let (salt, explicit) = iv.as_ref().split_at(4);
    (AeadKey::from(octets), salt, explicit)
}
