//! JSON Merge Patch (RFC 7396).

use serde_json::{Map, Value};

/// Applies a JSON Merge Patch to a value (RFC 7396, section 2): a member with a value is set, `null` removes it, an
/// object is merged into the object that is there, and anything that is no object replaces what is there.
///
/// Two patches in a row cannot in general be merged into one that does the same: see the tests for where they can.
///
/// ```
/// use serde_json::json;
/// use vestibule::operator::merge_patch;
///
/// let mut profile = json!({"nickname": "jay", "address": {"country": "FR", "locality": "Lyon"}});
/// merge_patch(&mut profile, &json!({"nickname": null, "address": {"locality": "Paris"}}));
/// assert_eq!(profile, json!({"address": {"country": "FR", "locality": "Paris"}}));
/// ```
pub fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.remove(name);
        } else {
            merge_patch(members.entry(name.as_str()).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn patched(mut target: Value, patch: &Value) -> Value {
        merge_patch(&mut target, patch);
        target
    }

    /// RFC 7396, appendix A: original, patch, result.
    #[test]
    fn a6_the_examples_of_the_rfc_hold() {
        for (original, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(patched(original.clone(), &patch), result, "{original} patched by {patch}");
        }
    }

    /// The example of the RFC's section 3.
    #[test]
    fn a6_the_longer_example_of_the_rfc_holds() {
        let original = json!({
            "title": "Goodbye!", "author": {"givenName": "John", "familyName": "Doe"},
            "tags": ["example", "sample"], "content": "This will be unchanged",
        });
        let patch = json!({
            "title": "Hello!", "phoneNumber": "+01-123-456-7890", "author": {"familyName": null}, "tags": ["example"],
        });
        assert_eq!(
            patched(original, &patch),
            json!({
                "title": "Hello!", "author": {"givenName": "John"}, "tags": ["example"],
                "content": "This will be unchanged", "phoneNumber": "+01-123-456-7890",
            })
        );
    }

    /// A merged patch cannot say "remove" for a member that the first does not have, nor "replace whole".
    #[test]
    fn a6_where_the_rfc_is_not_associative() {
        for (target, first, second) in [
            (json!({"a": 1}), json!({}), json!({"a": null})),
            (json!({"a": {"b": 1}}), json!({"a": 7}), json!({"a": {"c": 1}})),
            (json!({"a": {"b": 1}}), json!({"a": null}), json!({"a": {"c": 1}})),
        ] {
            assert!(!compose(&first, &second));
            let in_a_row = patched(patched(target.clone(), &first), &second);
            assert_ne!(in_a_row, patched(target, &patched(first, &second)));
        }
    }

    fn has_null(value: &Value) -> bool {
        value.is_null() || value.as_object().is_some_and(|members| members.values().any(has_null))
    }

    /// Where one patch can stand for two: the second removes nothing, and merges no object into what the first sets
    /// to, or removes as, something else.
    fn compose(first: &Value, second: &Value) -> bool {
        match (first, second) {
            (Value::Object(first), Value::Object(second)) => second.iter().all(|(name, change)| {
                first.get(name).map_or(!has_null(change), |before| compose(before, change))
            }),
            (_, second) => !second.is_object() && !second.is_null(),
        }
    }

    /// A second patch without nulls, in which a text stands for every object that would not compose.
    fn made_to_compose(first: &Value, second: Value) -> Value {
        match (first, second) {
            (Value::Object(first), Value::Object(second)) => second
                .into_iter()
                .map(|(name, change)| match first.get(&name) {
                    Some(before) => (name, made_to_compose(before, change)),
                    None => (name, change),
                })
                .collect(),
            (_, Value::Object(_)) => json!("no object"),
            (_, second) => second,
        }
    }

    fn json_value(nulls: bool) -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(if nulls { Value::Null } else { json!(0) }),
            any::<bool>().prop_map(Value::from),
            (0..3u8).prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                1 => prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                4 => prop::collection::btree_map("[abc]", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a6_a_patch_applied_twice_equals_once(target in json_value(true), patch in json_value(true)) {
            let once = patched(target, &patch);
            prop_assert_eq!(patched(once.clone(), &patch), once);
        }

        #[test]
        fn a6_merge_patch_is_associative_where_patches_compose(
            target in json_value(true), first in json_value(true), second in json_value(false),
        ) {
            let second = made_to_compose(&first, second);
            prop_assert!(compose(&first, &second));
            let in_a_row = patched(patched(target.clone(), &first), &second);
            prop_assert_eq!(in_a_row, patched(target, &patched(first, &second)));
        }

        #[test]
        fn a6_a_patch_touches_only_what_it_names(target in json_value(true), patch in json_value(true)) {
            let (Some(members), Some(changes)) = (target.as_object(), patch.as_object()) else { return Ok(()) };
            let after = patched(target.clone(), &patch);
            for (name, value) in members.iter().filter(|(name, _)| !changes.contains_key(*name)) {
                prop_assert_eq!(after.get(name), Some(value));
            }
            for name in after.as_object().unwrap().keys() {
                prop_assert!(members.contains_key(name) || changes.contains_key(name));
            }
        }
    }
}
