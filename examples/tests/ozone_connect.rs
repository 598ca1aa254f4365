//! The program `ozone_connect` as its users run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::process::Command;

#[test]
fn the_hub_is_answered_and_nothing_secret_is_said() {
    let output = Command::new(env!("CARGO_BIN_EXE_ozone_connect")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let statuses: Vec<_> = text.split("HTTP/2.0 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "401", "201", "401"], "{text}");
    // Every token begins like this.
    assert!(!text.contains("eyJ"), "{text}");
}
