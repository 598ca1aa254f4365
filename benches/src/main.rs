//! What a token, a key and a connection cost beside the bare cryptography, and beside other libraries that do the same.
//!
//! `cargo run --release -p hub-benches -- compare` prints one table: per piece of work the floor, ours and each peer, all measured
//! in turns in one run, so that a noisy machine is noisy for each of them. `--help` has the rest.
//!
//! | module | what it holds |
//! |---|---|
//! | `command` | the command line |
//! | `harness` | contestants, and the rounds in which they take turns |
//! | `report` | the table as text, Markdown and SVG |
//! | `tokens` | the work on tokens, one module per kind of it |
//! | `connections` | handshakes, and what they consist of, beside plain rustls and OpenSSL |
//! | `keys` | reading key sets, and looking keys up |
//! | `scaling` | the same work on two threads, and at one size after another |
//! | `peers` | the same work by other libraries, by hand, and by bare cryptography |

mod command;
mod connections;
mod harness;
mod keys;
mod peers;
mod report;
mod scaling;
mod tokens;

use std::error::Error;
use std::process::ExitCode;

use crate::command::Command;
use crate::connections::{building, handshakes, revoking, verifying};
use crate::harness::{Group, Series};

/// What can go wrong ends the run: a figure of work that failed would be a figure of something else.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match Command::of(std::env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome<()> {
    match command {
        Command::Help => println!("{}", command::USAGE),
        Command::List => {
            let groups = GROUPS.iter().map(|(name, _)| (*name).to_owned());
            for name in groups.chain(SERIES.iter().flat_map(Series::names)) {
                println!("{name}");
            }
        }
        Command::Compare(options) => {
            let mut measured = Vec::new();
            for (name, build) in GROUPS.iter().filter(|(name, _)| options.wants(name)) {
                eprintln!("{name} ..");
                measured.push(build()?.measure(&options.pace())?);
            }
            let mut plots = Vec::new();
            for series in SERIES.iter().filter(|series| options.wants(series.name)) {
                eprintln!("{} ..", series.name);
                plots.push(series.measure(&options.pace())?);
            }
            if measured.is_empty() && plots.is_empty() {
                return Err("no group of that name: `list` shows them".into());
            }
            report::write(&measured, &plots, &options)?;
        }
        Command::Repeat { group, contestant, times } => {
            let one = GROUPS.iter().find_map(|(name, build)| (*name == group).then(build));
            let named = one.or_else(|| SERIES.iter().find_map(|series| series.named(&group)));
            named.ok_or("no group of that name: `list` shows them")??.repeat(&contestant, times)?;
        }
    }
    Ok(())
}

/// Sets the contestants of one piece of work up, and makes sure that they agree.
type Build = fn() -> Outcome<Group>;

/// Every piece of work, by the name that `--only` takes.
const GROUPS: &[(&str, Build)] = &[
    ("sign-client-assertion", tokens::signing::client_assertion),
    ("sign-jwt-auth", tokens::signing::jwt_auth),
    ("verify-client-assertion", tokens::verifying::client_assertion),
    ("verify-jwt-auth", tokens::verifying::jwt_auth),
    ("jwe-seal-1k", tokens::encrypting::seal_1_kib),
    ("jwe-seal-64k", tokens::encrypting::seal_64_kib),
    ("jwe-open-1k", tokens::encrypting::open_1_kib),
    ("jwe-open-64k", tokens::encrypting::open_64_kib),
    ("pii-seal", tokens::nesting::seal),
    ("pii-open", tokens::nesting::open),
    ("refuse-1k", tokens::refusing::at_1_kib),
    ("refuse-8k", tokens::refusing::at_8_kib),
    ("refuse-64k", tokens::refusing::at_64_kib),
    ("handshake-full-tpp-to-hub", handshakes::full_tpp_to_hub),
    ("handshake-full-hub-to-lfi", handshakes::full_hub_to_lfi),
    ("handshake-full-lfi-to-hub", handshakes::full_lfi_to_hub),
    ("handshake-full-tls12-accepting", handshakes::full_tls12_accepting),
    ("handshake-full-tls12-connecting", handshakes::full_tls12_connecting),
    ("handshake-resumed-tpp-to-hub", handshakes::resumed_tpp_to_hub),
    ("handshake-resumed-hub-to-lfi", handshakes::resumed_hub_to_lfi),
    ("handshake-resumed-lfi-to-hub", handshakes::resumed_lfi_to_hub),
    ("handshake-resumed-tls12-accepting", handshakes::resumed_tls12_accepting),
    ("handshake-resumed-tls12-connecting", handshakes::resumed_tls12_connecting),
    ("handshake-revocation-list", revoking::full),
    ("verify-client-chain", verifying::client),
    ("verify-server-chain", verifying::server),
    ("build-acceptor", building::acceptor),
    ("build-connector", building::connector),
    ("key-in-set", keys::lookup::in_set),
    ("key-in-keystore", keys::lookup::in_keystore),
    ("replay-guard", scaling::replay::alone),
    ("threads-sign", scaling::tokens::sign),
    ("threads-verify", scaling::tokens::verify),
    ("threads-key-in-set", scaling::lookup::in_set),
    ("threads-key-copied", scaling::lookup::copied_from_set),
    ("threads-key-in-keystore", scaling::lookup::in_keystore),
    ("threads-replay-guard", scaling::replay::on_two_threads),
];

/// Work whose cost is to be seen over a size.
const SERIES: &[Series] = &[
    Series {
        name: "size-sign",
        title: "Sign a request",
        unit: "KiB of claims",
        sizes: &[1, 2, 4, 8, 16, 32, 64],
        group: scaling::sizes::sign,
    },
    Series {
        name: "size-verify",
        title: "Verify a request",
        unit: "KiB of claims",
        sizes: &[1, 2, 4, 8, 16, 32, 64],
        group: scaling::sizes::verify,
    },
    Series {
        name: "size-read-set",
        title: "Read a set of bare keys",
        unit: "keys",
        sizes: &[1, 10, 100],
        group: keys::parsing::bare,
    },
    Series {
        name: "size-read-certified-set",
        title: "Read a set of keys with x5c",
        unit: "keys",
        sizes: &[1, 10, 25],
        group: keys::parsing::certified,
    },
    Series {
        name: "size-select",
        title: "Select from a set",
        unit: "keys",
        sizes: &[1, 10, 100],
        group: keys::selecting::in_set_of,
    },
    Series {
        name: "size-tenants",
        title: "Look a key up in a keystore",
        unit: "tenants",
        sizes: &[1, 10, 100, 1_000, 10_000],
        group: keys::tenants::of,
    },
];
