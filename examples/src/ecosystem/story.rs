//! What happened, row by row, and whether it is what should have happened.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hub_roles::{Path, Payload, Role, RoleId, Signing};

use super::failure::Failure;

/// Collects the steps of the journey as the parties take them, and the refusals that follow. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Story(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    steps: Vec<Row>,
    refusals: Vec<Refusal>,
    /// Steps that have begun and not ended: a call within a call is shown below it.
    depth: usize,
    /// Steps are told no more: what parties do during the refusals is not part of the journey.
    closed: bool,
}

impl Story {
    /// Begins a call on path `P`.
    pub(super) fn call<P: Path>(&self, what: impl Into<String>) -> Step {
        let row = Row::new(what, P::ID.to_string()).with([P::Client::ID, P::Server::ID]);
        self.begin(row)
    }

    /// Begins something that goes over none of the three paths.
    pub(super) fn aside(&self, what: impl Into<String>, place: &str) -> Step {
        self.begin(Row::new(what, place.to_owned()))
    }

    /// Ends the journey.
    pub(super) fn close(&self) {
        self.pages().closed = true;
    }

    pub(super) fn refusal(&self, refusal: Refusal) {
        self.pages().refusals.push(refusal);
    }

    /// Whether everything came out as expected, and every role was at work.
    pub(super) fn is_as_expected(&self) -> bool {
        let pages = self.pages();
        pages.steps.iter().all(|step| step.verdict == Verdict::Accepted)
            && pages.refusals.iter().all(Refusal::is_as_expected)
            && pages.idle_roles().is_empty()
    }

    fn begin(&self, mut row: Row) -> Step {
        let mut pages = self.pages();
        row.depth = pages.depth;
        let index = if pages.closed {
            None
        } else {
            pages.depth += 1;
            pages.steps.push(row);
            Some(pages.steps.len() - 1)
        };
        Step { story: self.clone(), index, begun: Instant::now() }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn idle_roles(&self) -> Vec<RoleId> {
        let seen: BTreeSet<_> = self.steps.iter().flat_map(|step| &step.roles).collect();
        RoleId::ALL.into_iter().filter(|role| !seen.contains(role)).collect()
    }
}

/// One step under way. Dropped before its end, it has failed.
pub(super) struct Step {
    story: Story,
    index: Option<usize>,
    begun: Instant,
}

impl Step {
    /// A token of role `R` was used in it.
    pub(super) fn signed<R: Signing>(&self, token: &str) {
        self.change(|row| {
            row.roles.insert(R::ID);
            row.tokens.push(format!("{token} {}", R::ID));
        });
    }

    /// A sealed payload was part of it.
    pub(super) fn sealed<P: Payload>(&self, payload: &str) {
        self.change(|row| {
            row.roles.extend([P::SignedBy::ID, P::EncryptedTo::ID]);
            row.tokens.push(format!("{payload} {} in {}", P::SignedBy::ID, P::EncryptedTo::ID));
        });
    }

    /// It came out well.
    pub(super) fn done(self) {
        self.change(|row| row.verdict = Verdict::Accepted);
    }

    fn change(&self, change: impl FnOnce(&mut Row)) {
        if let Some(index) = self.index
            && let Some(row) = self.story.pages().steps.get_mut(index)
        {
            change(row);
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if self.index.is_some() {
            let elapsed = self.begun.elapsed();
            self.change(|row| row.elapsed = elapsed);
            self.story.pages().depth -= 1;
        }
    }
}

struct Row {
    what: String,
    depth: usize,
    path: String,
    certificates: Vec<RoleId>,
    tokens: Vec<String>,
    roles: BTreeSet<RoleId>,
    verdict: Verdict,
    elapsed: Duration,
}

#[derive(PartialEq, Eq)]
enum Verdict {
    Accepted,
    Failed,
}

impl Row {
    fn new(what: impl Into<String>, path: String) -> Self {
        Self {
            what: what.into(),
            depth: 0,
            path,
            certificates: Vec::new(),
            tokens: Vec::new(),
            roles: BTreeSet::new(),
            verdict: Verdict::Failed,
            elapsed: Duration::ZERO,
        }
    }

    fn with(mut self, certificates: [RoleId; 2]) -> Self {
        self.certificates.extend(certificates);
        self.roles.extend(certificates);
        self
    }
}

/// Something that must not work, and what came of it.
pub(super) struct Refusal {
    pub(super) what: &'static str,
    /// Who must refuse it.
    pub(super) by: &'static str,
    /// The code of the rule that must refuse it.
    pub(super) rule: &'static str,
    /// What the refusing side says; nothing if it did not refuse.
    pub(super) refused: Option<Failure>,
    /// What the other side saw of it.
    pub(super) seen: Option<Failure>,
    pub(super) elapsed: Duration,
}

impl Refusal {
    fn is_as_expected(&self) -> bool {
        self.refused.as_ref().is_some_and(|failure| failure.code() == self.rule)
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pages = self.pages();
        pages.write_steps(f)?;
        pages.write_refusals(f)?;
        pages.write_roles(f)
    }
}

impl Pages {
    fn write_steps(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  #  {:WHAT$}  {:PATH$}  {:8}  {:TOKENS$}  {:>8}  verdict",
            "step", "path", "certs", "tokens", "time"
        )?;
        for (number, row) in (1..).zip(&self.steps) {
            let what = format!("{:1$}{2}", "", row.depth * 2, row.what);
            let certificates = row.certificates.iter().map(RoleId::to_string).collect::<Vec<_>>().join(" ");
            let verdict = if row.verdict == Verdict::Accepted { "accepted" } else { "FAILED" };
            let mut tokens = row.tokens.chunks(2).map(|pair| pair.join(", "));
            let first = tokens.next().unwrap_or_default();
            let time = millis(row.elapsed);
            writeln!(
                f,
                "{number:3}  {what:WHAT$}  {:PATH$}  {certificates:8}  {first:TOKENS$}  {time:>8}  {verdict}",
                row.path
            )?;
            for more in tokens {
                writeln!(f, "{:1$}{more}", "", 5 + WHAT + 2 + PATH + 2 + 8 + 2)?;
            }
        }
        Ok(())
    }

    fn write_refusals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, refusal) in (1..).zip(&self.refusals) {
            if number == 1 {
                writeln!(f, "\n  #  what must not work, and what its user sees")?;
            }
            let verdict = if refusal.is_as_expected() { "refused, as it must be" } else { "UNEXPECTED" };
            writeln!(f, "{number:3}  {}: {}, {}", refusal.what, verdict, millis(refusal.elapsed))?;
            match &refusal.refused {
                Some(failure) => writeln!(f, "       {}: {failure} [{}]", refusal.by, failure.code())?,
                None => writeln!(f, "       {} did not refuse it; {} was expected", refusal.by, refusal.rule)?,
            }
            if let Some(seen) = &refusal.seen {
                writeln!(f, "       the other side: {seen} [{}]", seen.code())?;
            }
        }
        Ok(())
    }

    fn write_roles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = self.idle_roles();
        let names = |roles: &[RoleId]| roles.iter().map(RoleId::to_string).collect::<Vec<_>>().join(" ");
        let busy: Vec<_> = RoleId::ALL.into_iter().filter(|role| !idle.contains(role)).collect();
        writeln!(f, "\nroles at work: {}", names(&busy))?;
        if !idle.is_empty() {
            writeln!(f, "roles NOT at work: {}", names(&idle))?;
        }
        let accepted = self.steps.iter().filter(|step| step.verdict == Verdict::Accepted).count();
        let refused = self.refusals.iter().filter(|refusal| refusal.is_as_expected()).count();
        let (steps, refusals) = (self.steps.len(), self.refusals.len());
        writeln!(f, "{accepted} of {steps} steps accepted, {refused} of {refusals} refusals as expected")
    }
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

const WHAT: usize = 54;
const PATH: usize = 14;
const TOKENS: usize = 44;
