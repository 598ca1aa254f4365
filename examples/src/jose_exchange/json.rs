//! Changing JSON objects.

use serde_json::Value;

/// The object with these members, in place of its own where it has them; those that are null are left out.
pub(super) fn with(mut object: Value, members: Value) -> Value {
    if let (Some(object), Value::Object(members)) = (object.as_object_mut(), members) {
        object.extend(members);
        object.retain(|_, value| !value.is_null());
    }
    object
}
