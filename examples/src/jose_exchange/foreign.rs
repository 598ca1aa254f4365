//! Another implementation, as a program that answers requests.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Fault;
use super::answer::Answer;

/// The program, running until it is dropped.
pub(super) struct Foreign {
    wire: Wire,
    abilities: Abilities,
}

/// What the implementation can do, as its program says.
#[derive(Deserialize)]
pub(super) struct Abilities {
    /// Its name and version.
    pub(super) name: String,
    /// Whether it has RSA-OAEP-256.
    pub(super) encrypts: bool,
    /// Whether it decrypts a JWE of nothing.
    pub(super) opens_empty: bool,
    /// Whether it knows JWTs, beyond JWS and JWE.
    pub(super) issues: bool,
    /// Whether it refuses 128 KiB unless it is told otherwise.
    pub(super) limits_sizes: bool,
    /// In which forms it takes public keys.
    pub(super) reads: Vec<Form>,
    /// In which forms it gives its own keys away.
    pub(super) writes: Vec<Form>,
    /// What it makes as little as we take it, by the names in `profile`.
    pub(super) never_makes: Vec<String>,
}

/// How a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
    Pkcs8,
    Pkcs1,
    Spki,
    X509,
    Jwk,
    PrivateJwk,
}

/// What a program is asked: see `--help`.
#[derive(Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(super) enum Request<'a> {
    Hello,
    Generate { key: &'a str, bits: usize },
    Load { key: &'a str, form: Form, text: &'a str },
    Write { key: &'a str, form: Form },
    Sign { key: &'a str, header: &'a Value, payload: String, json: bool },
    Verify { key: &'a str, token: &'a str, stock: bool },
    Encrypt { key: &'a str, header: &'a Value, plaintext: String, json: bool },
    Decrypt { key: &'a str, token: &'a str, stock: bool },
    Issue { key: &'a str, header: &'a Value, claims: &'a Value },
    Accept { key_set: &'a str, token: &'a str, issuer: &'a str, audience: &'a str },
}

impl Foreign {
    /// Starts the program.
    pub(super) fn start(program: &str) -> Result<Self, Fault> {
        let mut wire = Wire::open(program)?;
        let abilities = serde_json::from_value(wire.ask(&Request::Hello)?.done()?)?;
        Ok(Self { wire, abilities })
    }

    pub(super) fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    /// Asks for what is done and has no value.
    pub(super) fn have(&mut self, request: &Request<'_>) -> Result<(), Fault> {
        self.wire.ask(request)?.done().map(drop)
    }

    /// Asks for a token, a key or claims.
    pub(super) fn text(&mut self, request: &Request<'_>) -> Result<Answer<String>, Fault> {
        self.wire.ask(request)?.try_map(text)
    }

    /// Asks for the content of a token.
    pub(super) fn octets(&mut self, request: &Request<'_>) -> Result<Answer<Vec<u8>>, Fault> {
        self.wire.ask(request)?.try_map(|value| Ok(Base64UrlUnpadded::decode_vec(&text(value)?)?))
    }

    /// Has it write a key.
    pub(super) fn write(&mut self, key: &str, form: Form) -> Result<String, Fault> {
        self.text(&Request::Write { key, form })?.done()
    }

    /// A compact JWS of its.
    pub(super) fn sign(&mut self, key: &str, header: &Value, payload: &[u8]) -> Result<String, Fault> {
        self.text(&Request::Sign { key, header, payload: base64url(payload), json: false })?.done()
    }

    /// A compact JWE of its.
    pub(super) fn encrypt(&mut self, key: &str, header: &Value, plaintext: &[u8]) -> Result<String, Fault> {
        self.text(&Request::Encrypt { key, header, plaintext: base64url(plaintext), json: false })?.done()
    }

    pub(super) fn verify(&mut self, key: &str, token: &str) -> Result<Answer<Vec<u8>>, Fault> {
        self.octets(&Request::Verify { key, token, stock: false })
    }

    pub(super) fn decrypt(&mut self, key: &str, token: &str) -> Result<Answer<Vec<u8>>, Fault> {
        self.octets(&Request::Decrypt { key, token, stock: false })
    }
}

/// A line out, a line in.
struct Wire {
    program: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Wire {
    fn open(program: &str) -> Result<Self, Fault> {
        let mut program = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = program.stdin.take().ok_or("no standard input")?;
        let answers = BufReader::new(program.stdout.take().ok_or("no standard output")?);
        Ok(Self { program, requests, answers })
    }

    fn ask(&mut self, request: &Request<'_>) -> Result<Answer<Value>, Fault> {
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        self.requests.write_all(line.as_bytes())?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err("the program ended, and has said why".into());
        }
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

pub(super) fn base64url(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

fn text(value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("a string was expected instead of {other}").into()),
    }
}
