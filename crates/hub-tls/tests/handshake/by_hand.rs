//! One side of a handshake in the hands of a test, which may do something in the middle of it.

use std::io::Cursor;

use rustls::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::world::*;

/// Octets in a record: so few that the last one holds nothing but the end of Finished.
pub(crate) const RECORD: usize = 32 + 5;

/// Drives one side of a handshake. Of the flight that its Finished is in, the last record is held back until the other side has taken
/// all before it, and `midway` has happened.
pub(crate) async fn by_hand(
    mut connection: Connection,
    mut io: DuplexStream,
    flight_of_finished: usize,
    midway: impl FnOnce(),
) {
    let mut flights = 0;
    let held_back = loop {
        let mut flight = Vec::new();
        while connection.wants_write() {
            connection.write_tls(&mut flight).unwrap();
        }
        flights += usize::from(!flight.is_empty());
        if flights == flight_of_finished {
            let held_back = flight.split_off(last_record(&flight));
            io.write_all(&flight).await.unwrap();
            break held_back;
        }
        io.write_all(&flight).await.unwrap();
        settle().await;
        let mut octets = vec![0; 1 << 16];
        let count = io.read(&mut octets).await.unwrap();
        assert_ne!(count, 0, "ended before the handshake did");
        let mut octets = Cursor::new(&octets[..count]);
        while connection.read_tls(&mut octets).unwrap() > 0 {
            connection.process_new_packets().unwrap();
        }
    };
    settle().await;
    midway();
    io.write_all(&held_back).await.unwrap();
    settle().await;
}

/// Where the last record of a flight begins.
fn last_record(flight: &[u8]) -> usize {
    let mut begins = 0;
    loop {
        let length = usize::from(u16::from_be_bytes([flight[begins + 3], flight[begins + 4]]));
        match begins + 5 + length {
            next if next < flight.len() => begins = next,
            _ => return begins,
        }
    }
}
