//! One structured event for each request: what it says, and what it never does.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use hub_roles::{C1, C4};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use crate::world::*;

/// Keeps the fields of events, with the level among them.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<BTreeMap<&'static str, String>>>>);

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields([("level", event.metadata().level().to_string())].into());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

/// What the log has of a request from `remote` with this secret and these headers.
fn logged(remote: &str, secret: &str, headers: &Headers) -> BTreeMap<&'static str, String> {
    let log = Log::default();
    let proxy = behind(&product("nginx").form, ECO.trust());
    let mut request = request(headers);
    request.insert("proxy-secret", secret.parse().unwrap());
    tracing::subscriber::with_default(log.clone(), || {
        drop(proxy.hop((remote.parse().unwrap(), &request)).and_then(|hop| hop.peer(&request, now())));
    });
    let mut events = std::mem::take(&mut *log.0.lock().unwrap());
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

#[test]
fn every_request_is_one_event_with_its_code_and_without_secrets() {
    const WRONG: &str = "a-secret-that-is-not-the-proxys-own";
    let written = |chain: &[_]| (product("nginx").write)(chain);
    let (hub, tpp) = (issued::<C4>("ozone"), issued::<C1>("acme"));
    let (hubs, tpps) = (written(&hub.chain()), written(&tpp.chain()));
    let damaged = vec![(NAMED, "damaged".to_owned())];
    let warn = |code| (Level::WARN, Some(code));
    for (remote, secret, headers, (level, code), kid, shown) in [
        (PROXY, SECRET, &hubs, (Level::DEBUG, None), Some(hub.kid().to_string()), None),
        (PROXY, SECRET, &tpps, warn("certificate.organisation"), Some(tpp.kid().to_string()), None),
        (PROXY, SECRET, &damaged, warn("proxy.header-pem"), None, None),
        (PROXY, WRONG, &hubs, warn("proxy.hop-secret"), None, Some(PROXY)),
        ("10.0.7.3", SECRET, &hubs, warn("proxy.hop-address"), None, Some("10.0.7.3")),
    ] {
        let event = logged(remote, secret, headers);
        let field = |name| event.get(name).map(String::as_str);
        assert_eq!(field("level"), Some(level.as_str()), "{event:?}");
        assert_eq!((field("path"), field("role")), (Some("API Hub to LFI"), Some("C4")), "{event:?}");
        assert_eq!((field("code"), field("kid"), field("remote")), (code, kid.as_deref(), shown), "{event:?}");
        assert_eq!(field("reason").is_some(), code.is_some(), "{event:?}");
        let text = format!("{event:?}");
        assert!([SECRET, WRONG, "damaged", "MII"].iter().all(|content| !text.contains(content)), "{text}");
    }
}
