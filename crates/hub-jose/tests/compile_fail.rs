//! What must not compile, does not, for the reason stated; and the same code with the right type does.
//!
//! Every file of `compile-fail/` is one case. Its first line names the error code and what the message must mention. The lines
//! under `#[cfg(not(twin))]` are the wrong use, those under `#[cfg(twin)]` the right one, and nothing else differs.
//! Codes and names are asserted, not texts, so that newer compilers may word their errors as they like.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn wrong_uses_do_not_compile_and_their_twins_do() {
    let cases = cases();
    assert!(cases.len() >= 110, "only {} cases found", cases.len());
    let package = write_package(&cases);

    let twins = check(&package, &["--features", "twin"]);
    let broken: Vec<_> = twins.iter().map(|(name, errors)| format!("{name}: {errors:#?}")).collect();
    assert!(broken.is_empty(), "twins that do not compile:\n{}", broken.join("\n"));

    let wrong = check(&package, &[]);
    let mut complaints = Vec::new();
    for case in &cases {
        let errors = wrong.get(&case.name).map(Vec::as_slice).unwrap_or_default();
        if errors.is_empty() {
            complaints.push(format!("{}: compiles", case.name));
        }
        for error in errors {
            if error.code != case.code {
                complaints.push(format!("{}: {} instead of {}: {}", case.name, error.code, case.code, error.text));
            }
        }
        for name in &case.names {
            if !errors.iter().any(|error| mentions(&error.text, name)) {
                complaints.push(format!("{}: no error mentions {name}: {errors:#?}", case.name));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

struct Case {
    name: String,
    path: PathBuf,
    code: String,
    names: Vec<String>,
}

#[derive(Debug)]
struct CompileError {
    code: String,
    text: String,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile-fail");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let header = text.lines().next().unwrap().strip_prefix("//! ").expect("first line: //! CODE names...");
            let mut words = header.split_whitespace().map(str::to_owned);
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            Case { name, path, code: words.next().unwrap(), names: words.collect() }
        })
        .collect()
}

/// A package outside the workspace with one binary per case, beside the workspace's own build artefacts.
fn write_package(cases: &[Case]) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-fail");
    fs::create_dir_all(&package).unwrap();
    let mut manifest = String::from(
        "[package]\nname = \"compile-fail\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[features]\ntwin = []\n[dependencies]\n",
    );
    for (name, features) in
        [("hub-roles", &[][..]), ("hub-tls", &["axum", "hyper", "watch"]), ("hub-jwks", &[]), ("hub-jose", &[])]
    {
        let path = workspace.join("crates").join(name);
        manifest += &format!("{name} = {{ path = {path:?}, features = {features:?} }}\n");
    }
    manifest += "axum = { version = \"0.8\", default-features = false }\nrustls-pki-types = \"1\"\n";
    for case in cases {
        // `twin` reads as a cfg of its own in the cases; a feature sets it without rebuilding the libraries.
        let source = fs::read_to_string(&case.path).unwrap().replace("cfg(twin)", "cfg(feature = \"twin\")");
        let source = source.replace("cfg(not(twin))", "cfg(not(feature = \"twin\"))");
        let file = package.join(format!("{}.rs", case.name));
        if fs::read_to_string(&file).ok().as_deref() != Some(source.as_str()) {
            fs::write(&file, source).unwrap();
        }
        manifest += &format!("[[bin]]\nname = {:?}\npath = \"{}.rs\"\n", case.name, case.name);
    }
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    package
}

/// The errors by case.
fn check(package: &Path, options: &[&str]) -> BTreeMap<String, Vec<CompileError>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--bins", "--keep-going", "--offline", "--message-format=json"])
        .args(options)
        .arg("--target-dir")
        .arg(target)
        .current_dir(package)
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let mut errors = BTreeMap::<_, Vec<_>>::new();
    let mut finished = false;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        finished |= message["reason"] == "build-finished";
        let diagnostic = &message["message"];
        // The closing "aborting due to" lines have no code.
        if message["reason"] == "compiler-message" && diagnostic["level"] == "error" && !diagnostic["code"].is_null() {
            let error = CompileError {
                code: diagnostic["code"]["code"].as_str().unwrap().to_owned(),
                text: diagnostic["rendered"].as_str().unwrap().to_owned(),
            };
            errors.entry(message["target"]["name"].as_str().unwrap().to_owned()).or_default().push(error);
        }
    }
    assert!(finished, "cargo did not finish: {}", String::from_utf8_lossy(&output.stderr));
    errors
}

/// Whether a text has the name as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let word = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name)
        .any(|(start, _)| !text[..start].ends_with(word) && !text[start + name.len()..].starts_with(word))
}
