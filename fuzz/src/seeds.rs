//! The seeds: inputs that the targets read as the files' names say.

use std::fs;
use std::path::PathBuf;

/// Where the seeds of a target stand.
pub fn directory(target: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "seeds", target].iter().collect()
}

/// Panics unless the target reads each of its seeds as its name says, up to the first dot: `pii.signed` as "pii", perhaps among others,
/// and `refused.twice` as nothing. Every run starts with it, so that a seed that a new rule refuses is noticed.
pub fn check(target: &str, read: fn(&[u8]) -> Vec<&'static str>) {
    let mut accepted = 0;
    for file in fs::read_dir(directory(target)).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let readings = read(&fs::read(file.path()).unwrap());
        match name.split('.').next() {
            Some("refused") => assert!(readings.is_empty(), "{target}/{name} is read as {readings:?}"),
            Some(due) => {
                assert!(readings.contains(&due), "{target}/{name} is read as {readings:?}");
                accepted += 1;
            }
            None => unreachable!("split gives at least one part"),
        }
    }
    assert!(accepted > 0, "no seed of {target} is accepted");
}
