//! The programs `tpp_hyper` and `tpp_reqwest` as their users run them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::process::Command;

#[test]
fn each_client_is_answered_and_names_the_rule_by_which_a_server_is_refused() {
    for (program, told) in [
        (env!("CARGO_BIN_EXE_tpp_hyper"), ["HTTP/2.0 200 OK", "who we are: CN=", "connections closed: 1"]),
        (
            env!("CARGO_BIN_EXE_tpp_reqwest"),
            ["HTTP/1.1 200 OK", "who we are: CN=", "on the old connection, still: 200"],
        ),
    ] {
        let output = Command::new(program).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        for line in told.into_iter().chain(["certificate.revoked: "]) {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
