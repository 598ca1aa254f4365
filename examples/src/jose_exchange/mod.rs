//! The program `jose_exchange`: tokens are exchanged with other implementations of JOSE, both ways round.
//!
//! What either side signs or encrypts, the other verifies or decrypts; what was changed on the way, both refuse. `interop/jose/run` installs
//! the others and starts this program.

mod answer;
mod cast;
mod codecs;
mod content;
mod foreign;
mod json;
mod keys;
mod kinds;
mod payloads;
mod profile;
mod tally;
mod tokens;

use std::error::Error;
use std::process::ExitCode;

use self::cast::Cast;
use self::foreign::Foreign;
use self::keys::Keys;
use self::tally::Tally;

/// Runs the program on its arguments, the program's name left out.
pub async fn main(programs: impl IntoIterator<Item = String>) -> ExitCode {
    let programs: Vec<String> = programs.into_iter().collect();
    if programs.is_empty() || programs.iter().any(|argument| argument.starts_with('-')) {
        print!("{HELP}");
        return ExitCode::from(2);
    }
    match exchange_with_all(&programs).await {
        Ok(tally) => {
            println!("{tally}");
            if tally.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

async fn exchange_with_all(programs: &[String]) -> Result<Tally, Fault> {
    let cast = Cast::new().await?;
    let mut tally = Tally::default();
    for program in programs {
        exchange(program, &cast, &mut tally).map_err(|fault| format!("{program}: {fault}"))?;
    }
    Ok(tally)
}

fn exchange(program: &str, cast: &Cast, tally: &mut Tally) -> Result<(), Fault> {
    let mut foreign = Foreign::start(program)?;
    println!("== {}", foreign.abilities().name);
    let keys = Keys::exchange(&mut foreign, cast, tally)?;
    codecs::exchange(&mut foreign, &keys, tally)?;
    profile::exchange(&mut foreign, &keys, tally)?;
    if foreign.abilities().issues {
        tokens::exchange(&mut foreign, cast, tally)?;
    }
    Ok(())
}

/// What ends the program: something is broken, and nothing can be said of either side.
type Fault = Box<dyn Error + Send + Sync>;

/// The text of `--help`.
const HELP: &str = r#"Exchanges tokens with other implementations of JOSE: each side signs, verifies, encrypts, decrypts and nests, with keys in PEM and as
JWK, and each refuses what was changed on the way.

usage: jose_exchange PROGRAM...

Each PROGRAM stands for one implementation. It reads requests from its standard input and answers each on its standard output: one line
of JSON each, {"op": NAME, ...} and {"done": VALUE} or, if its library refuses, {"refused": REASON}. Octets are in base64url.

  hello                                   what it is and what it can do, as those of interop/jose/with_* say it
  generate key bits                       makes a private RSA key, and keeps it under this name
  load     key form text                  keeps a key: form is pkcs8, spki, x509 or jwk
  write    key form                       the key as text: form is pkcs8, pkcs1, spki, jwk or private-jwk
  sign     key header payload json        a JWS with this protected header: compact, or in JSON
  verify   key token stock                its payload: with room for 128 KiB, or within the library's own limits
  encrypt  key header plaintext json      likewise a JWE
  decrypt  key token stock                likewise its plaintext
  issue    key header claims              a JWT
  accept   key_set token issuer audience  its claims, if it is signed with the key of this set that it names

Exit status: 0 if everything came out as expected, 1 if not, 2 if the command line is wrong.
"#;
