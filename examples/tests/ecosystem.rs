//! The programs `ecosystem` and `connect` as their users run them: what they print, what they write, and with which status they end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hub_roles::RoleId;

/// A directory of this test, empty at first and gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory).unwrap();
        }
        Self(directory)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    fn copy(&self, from: &str, to: &str) {
        for ending in ["pem", "key"] {
            fs::copy(self.0.join(format!("{from}.{ending}")), self.0.join(format!("{to}.{ending}"))).unwrap();
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn ecosystem(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecosystem")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_story_comes_out_with_every_role_at_work_and_nothing_secret() {
    let output = ecosystem(&[]);
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    let at_work = text.lines().find_map(|line| line.strip_prefix("roles at work: ")).unwrap();
    assert_eq!(at_work.split(' ').count(), RoleId::ALL.len());
    for role in RoleId::ALL {
        assert!(at_work.split(' ').any(|name| name == role.name()), "{role}");
    }
    // Neither keys nor tokens: every JSON object in base64url begins like this.
    for secret in ["PRIVATE KEY", "eyJ"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn exported_material_is_private_is_never_overwritten_and_can_be_brought_again() {
    let scratch = Scratch::new("export");
    assert!(ecosystem(&["--export", scratch.path()]).status.success());
    #[cfg(unix)]
    for (file, expected) in [("lfi/S4.key", 0o600), ("tpp/Sig1.key", 0o600), ("hub/retail", 0o700)] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(scratch.0.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{file}");
    }
    assert!(ecosystem(&["--material", scratch.path()]).status.success());

    let again = ecosystem(&["--export", scratch.path()]);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
}

#[test]
fn a_file_in_the_wrong_place_is_named_with_the_rule_it_breaks() {
    let scratch = Scratch::new("misplaced");
    assert!(ecosystem(&["--export", scratch.path()]).status.success());
    scratch.copy("lfi/C3", "lfi/C3-kept");
    for (wrong, expected) in [
        ("tpp/C1", "certificate.organisation: lfi/C3: certificate refused as C3"),
        ("lfi/Sig4", "certificate.extended-key-usage-missing: lfi/C3: certificate refused as C3"),
        ("other-environment/C1", "certificate.unknown-issuer: lfi/C3: certificate refused as C3"),
    ] {
        scratch.copy(wrong, "lfi/C3");
        let output = ecosystem(&["--material", scratch.path()]);
        assert_eq!(output.status.code(), Some(1), "{wrong}");
        assert!(said(&output).starts_with(expected), "{wrong}: {}", said(&output));
    }
    scratch.copy("lfi/C3-kept", "lfi/C3");
    assert!(ecosystem(&["--material", scratch.path()]).status.success());
}

#[test]
fn served_listeners_stay_until_standard_input_ends() {
    let output = ecosystem(&["--serve"]);
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    for listener in ["S1", "S3", "S4", "keystore", "webhooks"] {
        assert!(text.contains(&format!("# listener {listener} 127.0.0.1:")), "{listener}: {text}");
    }
    assert!(text.contains("openssl s_client -connect 127.0.0.1:") && text.contains("curl --connect-to "), "{text}");
}

#[test]
fn connect_shows_who_a_server_is_or_which_rule_it_breaks() {
    let scratch = Scratch::new("connect");
    let mut serving = Command::new(env!("CARGO_BIN_EXE_ecosystem"))
        .args(["--export", scratch.path(), "--serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("# ready")).collect();
    let listener = |name: &str| {
        let line = told.iter().find_map(|line| line.strip_prefix(&format!("# listener {name} "))).unwrap();
        line.split_once(' ').unwrap()
    };
    let connect = |own: &str, host: &str, address: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_connect"))
            .args(["--as", own, "--material", scratch.path(), "--host", host, "--address", address])
            .output()
            .unwrap();
        (output.status.code(), said(&output))
    };
    for (own, name) in [("C1", "S1"), ("C3", "S3"), ("C4", "S4")] {
        let (address, host) = listener(name);
        let (status, text) = connect(own, host, address);
        assert_eq!(status, Some(0), "{text}");
        assert!(text.contains(&format!("role          {name}\n")) && text.contains("answer  "), "{text}");
    }

    let (s4, bank) = listener("S4");
    let (s1, _) = listener("S1");
    for (own, host, address, expected) in [
        ("C4", bank, s1, "handshake.peer-refused-us: "),
        ("C4", "nobody.example", s4, "handshake.unknown-host: "),
        ("Sig1", bank, s4, "role: Sig1 opens no connections"),
    ] {
        let (status, text) = connect(own, host, address);
        assert_eq!(status, Some(1), "{text}");
        assert!(text.starts_with(expected), "{expected}: {text}");
    }
    scratch.copy("other-environment/C1", "hub/C4");
    let (status, text) = connect("C4", bank, s4);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.starts_with("certificate.unknown-issuer: hub/C4: "), "{text}");

    drop(serving.stdin.take());
    assert!(serving.wait().unwrap().success());
}

#[test]
fn a_wrong_command_line_is_explained() {
    let output = ecosystem(&["--sevre"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).starts_with("no such option: \"--sevre\"\n\nThe UAE Open Finance API Hub"));
    assert_eq!(ecosystem(&["--help"]).status.code(), Some(0));
}
