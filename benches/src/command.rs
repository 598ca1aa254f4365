//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::Outcome;
use crate::harness::Pace;

/// What was asked for.
pub(crate) enum Command {
    Help,
    List,
    Compare(Options),
    /// Does the work of one contestant so many times and measures nothing: for a profiler around it.
    Repeat {
        group: String,
        contestant: String,
        times: usize,
    },
}

/// How to compare, and where to write it.
#[derive(Default)]
pub(crate) struct Options {
    only: Vec<String>,
    seconds: Option<f64>,
    quick: bool,
    pub(crate) markdown: Option<PathBuf>,
    pub(crate) svg: Option<PathBuf>,
}

impl Command {
    pub(crate) fn of(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let command = match arguments.next().as_deref() {
            None | Some("--help" | "help") => Self::Help,
            Some("list") => Self::List,
            Some("compare") => Self::Compare(Options::of(&mut arguments)?),
            Some("repeat") => {
                let mut next = || arguments.next().ok_or("repeat GROUP CONTESTANT TIMES");
                Self::Repeat { group: next()?, contestant: next()?, times: next()?.parse()? }
            }
            Some(other) => return Err(format!("no command {other}\n{USAGE}").into()),
        };
        match arguments.next() {
            Some(more) => Err(format!("{more} is too much\n{USAGE}").into()),
            None => Ok(command),
        }
    }
}

impl Options {
    fn of(arguments: &mut impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self::default();
        while let Some(option) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{option} wants a value"));
            match option.as_str() {
                "--only" => options.only.push(value()?),
                "--seconds" => options.seconds = Some(value()?.parse()?),
                "--quick" => options.quick = true,
                "--markdown" => options.markdown = Some(value()?.into()),
                "--svg" => options.svg = Some(value()?.into()),
                _ => return Err(format!("no option {option}\n{USAGE}").into()),
            }
        }
        Ok(options)
    }

    /// Whether a group of this name is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part))
    }

    pub(crate) fn pace(&self) -> Pace {
        let pace = if self.quick { Pace::QUICK } else { Pace::THOROUGH };
        match self.seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            Some(budget) => pace.with_budget(budget),
            None => pace,
        }
    }
}

pub(crate) const USAGE: &str = "\
compare [--only NAME].. [--seconds N] [--quick] [--markdown FILE] [--svg FILE]
    measure, print the table, and write it where asked
      --only NAME   groups whose names contain NAME; may be given again
      --seconds N   for each group or series, 10 unless told
      --quick       a second for each: to see that it works, not to quote
list
    the names of the groups
repeat GROUP CONTESTANT TIMES
    the work of one contestant, for a profiler:
    valgrind --tool=callgrind --toggle-collect='*harness*profiled*' \\
      target/release/hub-benches repeat verify-client-assertion hub-jose 200";
