//! A reader that goes on after a problem, and knows where in the file it is.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::collections::hash_map::{Entry, HashMap};
use std::hash::Hash;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::deployment::problem::{DeploymentRule, Part, Problem};

/// What was found wrong so far.
#[derive(Default)]
pub(super) struct Problems {
    found: RefCell<Vec<Problem>>,
    demanded: RefCell<BTreeSet<String>>,
}

impl Problems {
    pub(super) fn add(&self, place: impl Into<String>, rule: DeploymentRule) {
        self.found.borrow_mut().push(Problem::new(place, rule));
    }

    /// Records that `part` is missing, once, if the file says nothing there: what is broken is a problem already.
    pub(super) fn demand<T>(&self, part: &Part<T>, needed_for: &'static str) {
        if part.is_left_out() && self.demanded.borrow_mut().insert(part.place().to_owned()) {
            self.add(part.place(), DeploymentRule::Missing { needed_for });
        }
    }

    pub(super) fn into_inner(self) -> Vec<Problem> {
        self.found.into_inner()
    }
}

/// One value of the file, and its place.
pub(super) struct Node<'a> {
    value: &'a Value,
    place: String,
    problems: &'a Problems,
}

impl<'a> Node<'a> {
    pub(super) fn top(value: &'a Value, problems: &'a Problems) -> Self {
        Self { value, place: String::new(), problems }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Records that this value breaks `rule`.
    pub(super) fn refuse<T>(&self, rule: impl Into<DeploymentRule>) -> Option<T> {
        self.problems.add(self.place.as_str(), rule.into());
        None
    }

    /// The value, if it is a boolean; nothing is recorded if it is not.
    pub(super) fn as_flag(&self) -> Option<bool> {
        self.value.as_bool()
    }

    pub(super) fn flag(&self) -> Option<bool> {
        self.as_flag().or_else(|| self.refuse(DeploymentRule::Type { expected: "true or false" }))
    }

    /// The value, if it is a text; nothing is recorded if it is not.
    pub(super) fn as_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        match self.as_text() {
            None | Some("") => self.refuse(DeploymentRule::Type { expected: "a text that is not empty" }),
            text => text,
        }
    }

    pub(super) fn parse<T>(&self) -> Option<T>
    where
        T: FromStr,
        DeploymentRule: From<T::Err>,
    {
        self.text()?.parse().map_or_else(|rule: T::Err| self.refuse(rule), Some)
    }

    /// What the value means among `words`.
    pub(super) fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, meaning)) => Some(*meaning),
            None => {
                let expected = words.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>().join(" or ");
                self.refuse(DeploymentRule::Word { expected })
            }
        }
    }

    /// Reads a table whose members are known: what `read` does not ask for is refused.
    pub(super) fn table<T>(&self, read: impl FnOnce(&mut Table<'a>) -> T) -> Option<T> {
        let members = self.members()?;
        Some(Table::read(Some(members), self.place.clone(), self.problems, read))
    }

    /// The members of a table whose names the file chooses.
    pub(super) fn named(&self) -> Vec<(&'a str, Self)> {
        let members = self.members().into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), self.child(name, value))).collect()
    }

    fn members(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object().or_else(|| self.refuse(DeploymentRule::Type { expected: "a table" }))
    }

    fn child(&self, name: &str, value: &'a Value) -> Self {
        Self { value, place: place_below(&self.place, name), problems: self.problems }
    }
}

/// A table whose members are known. One that the file leaves out reads as empty, so that its parts know their places all the same.
pub(super) struct Table<'a> {
    members: Option<&'a Map<String, Value>>,
    place: String,
    problems: &'a Problems,
    asked: BTreeSet<&'static str>,
}

impl<'a> Table<'a> {
    fn read<T>(
        members: Option<&'a Map<String, Value>>,
        place: String,
        problems: &'a Problems,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let mut table = Self { members, place, problems, asked: BTreeSet::new() };
        let outcome = read(&mut table);
        for name in members.into_iter().flat_map(Map::keys).filter(|name| !table.asked.contains(name.as_str())) {
            problems.add(place_below(&table.place, name), DeploymentRule::UnknownMember);
        }
        outcome
    }

    /// A member that may be missing.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.asked.insert(name);
        let value = self.members?.get(name)?;
        Some(Node { value, place: place_below(&self.place, name), problems: self.problems })
    }

    /// A member that must be there.
    pub(super) fn required(&mut self, name: &'static str, needed_for: &'static str) -> Option<Node<'a>> {
        let member = self.optional(name);
        if member.is_none() {
            self.problems.add(place_below(&self.place, name), DeploymentRule::Missing { needed_for });
        }
        member
    }

    /// A member that this view of the ecosystem may not need.
    pub(super) fn part<T>(
        &mut self,
        name: &'static str,
        needed_for: &'static str,
        read: impl FnOnce(&Node<'a>) -> Option<T>,
    ) -> Part<T> {
        let member = self.optional(name);
        let place = place_below(&self.place, name);
        Part::new(member.map(|member| read(&member)), place, needed_for)
    }

    /// Records that `part` is missing, if the file says nothing there.
    pub(super) fn demand<T>(&self, part: &Part<T>, needed_for: &'static str) {
        self.problems.demand(part, needed_for);
    }

    /// A table that may be left out.
    pub(super) fn section<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        let members = self.optional(name).and_then(|section| section.members());
        Table::read(members, place_below(&self.place, name), self.problems, read)
    }

    /// The members of a table that may be left out, whose names the file chooses.
    pub(super) fn named(&mut self, name: &'static str) -> Vec<(&'a str, Node<'a>)> {
        self.optional(name).map(|table| table.named()).unwrap_or_default()
    }
}

/// Values that may stand once only, or for one holder only.
pub(super) struct Distinct<K>(HashMap<K, Claim>);

struct Claim {
    holder: Option<String>,
    place: String,
}

impl<K: Hash + Eq + Clone> Distinct<K> {
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Notes that `key` stands at `node`, and records a problem if it stands anywhere else.
    pub(super) fn once(&mut self, key: &K, node: &Node<'_>) {
        self.note(key, None, node);
    }

    /// Notes that `key` stands at `node` for `holder`, and records a problem if it stands for another elsewhere.
    pub(super) fn claim(&mut self, key: &K, holder: &str, node: &Node<'_>) {
        self.note(key, Some(holder), node);
    }

    fn note(&mut self, key: &K, holder: Option<&str>, node: &Node<'_>) {
        match self.0.entry(key.clone()) {
            Entry::Vacant(free) => {
                free.insert(Claim { holder: holder.map(str::to_owned), place: node.place.clone() });
            }
            Entry::Occupied(taken) if holder.is_some() && taken.get().holder.as_deref() == holder => {}
            Entry::Occupied(taken) => {
                node.problems.add(node.place(), DeploymentRule::Duplicate { first: taken.get().place.clone() });
            }
        }
    }
}

/// `name` below `parent`, in TOML's spelling.
pub(super) fn place_below(parent: &str, name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"_-".contains(&octet));
    let name = if bare && name.len() <= SHOWN {
        name.to_owned()
    } else {
        format!("{:?}", name.chars().take(SHOWN).collect::<String>())
    };
    if parent.is_empty() { name } else { format!("{parent}.{name}") }
}

/// How much of a name is shown, in characters.
const SHOWN: usize = 64;
