//! That an object is written as one. Serde reads a struct from an array too, member by member in the order of their declaration: then
//! `[true]` would suspend somebody, and what OpenAPI says of a body would not be true.

use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// Reads a value, in which a struct must be an object.
///
/// # Errors
/// What is not as expected.
pub(super) fn check<T: DeserializeOwned>(value: Value) -> Result<(), serde_path_to_error::Error<Error>> {
    serde_path_to_error::deserialize::<_, T>(Objects(value)).map(|_| ())
}

struct Objects(Value);

impl IntoDeserializer<'_, Error> for Objects {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Objects {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Objects))),
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Objects(value)));
                visitor.visit_map(MapDeserializer::new(members))
            }
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            Err(Error::invalid_type(Unexpected::Seq, &"an object"))
        } else {
            self.deserialize_any(visitor)
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vestibule::flow::{ProfilePayload, SendCode, VerifyPassword};
    use vestibule::operator::{MfaPatch, PasswordPatch, UserPatch};

    use super::*;

    #[test]
    fn a_struct_is_an_object_at_every_depth() {
        let identifier = json!({"type": "username", "value": "jane"});
        assert!(check::<VerifyPassword>(json!({"identifier": identifier, "password": "x"})).is_ok());
        assert!(check::<VerifyPassword>(json!([identifier, "x"])).is_err());
        let error = check::<VerifyPassword>(json!({"identifier": ["username", "jane"], "password": "x"}));
        assert_eq!(error.unwrap_err().path().to_string(), "identifier");
        for array in [json!([]), json!(["jane"]), json!([true, true, true, true])] {
            assert!(check::<UserPatch>(array.clone()).is_err());
            assert!(check::<MfaPatch>(array.clone()).is_err());
            assert!(check::<PasswordPatch>(array.clone()).is_err());
            assert!(check::<SendCode>(array).is_err());
        }
    }

    #[test]
    fn arrays_enums_and_what_is_any_json_are_read_as_ever() {
        assert!(check::<Vec<String>>(json!(["a"])).is_ok());
        assert!(
            check::<UserPatch>(json!({"customData": {"list": [1, {"x": [null]}]}, "name": null})).is_ok()
        );
        assert!(check::<ProfilePayload>(json!({"type": "username", "value": "jane"})).is_ok());
        assert!(check::<Value>(json!([[{}]])).is_ok());
    }
}
