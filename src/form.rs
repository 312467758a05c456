//! How types that hold secrets are written down and read again, without implementing serde's traits.
//!
//! `Serialize` is a promise to everybody: whoever has a `User` could answer it as JSON, password digest and all.
//! [`Form`] is the same promise to this crate alone, and [`Stored`](crate::store::Stored) is its only door. The macro
//! [`stored!`](crate::form::stored) declares a type and derives its form.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::identifier::{Contact, Email, Identifier, Phone, Revision, UserId, Username, VerificationId};
use crate::mfa_factor::MfaFactor;

/// A type with a stored form.
pub(crate) trait Form: Sized {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// As serde's `with` calls it.
pub(crate) fn serialize<T: Form, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.write(serializer)
}

/// As serde's `with` calls it.
pub(crate) fn deserialize<'de, T: Form, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)
}

/// Lends a form to a serde serializer.
pub(crate) struct Written<'a, T>(pub(crate) &'a T);

impl<T: Form> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// Takes a form from a serde deserializer.
pub(crate) struct Read<T>(pub(crate) T);

impl<'de, T: Form> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// Types without secrets: their form is serde's.
macro_rules! plain {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::form::Form for $type {
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }
        }
    )*};
}

/// Declares a type that has a stored form and no serde traits. Every field is written, absent ones as `null`, and
/// must be there when it is read: what an older release left out is for `Stored` to fill in, by version.
macro_rules! stored {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }

        const _: () = {
            type Target = $name;

            #[derive(serde::Serialize, serde::Deserialize)]
            #[serde(remote = "Target", rename_all = "camelCase", deny_unknown_fields)]
            #[allow(clippy::struct_excessive_bools, reason = "as the type itself")]
            struct Mirror { $(#[serde(with = "crate::form")] $field: $type),* }

            $crate::form::through_mirror!();
        };
    };
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident
            $(($type:ty))?
            $({ $($(#[$field_meta:meta])* $field:ident: $field_type:ty),* $(,)? })?
        ),* $(,)?
    }) => {
        $(#[$meta])*
        $vis enum $name {
            $($(#[$variant_meta])* $variant $(($type))? $({ $($(#[$field_meta])* $field: $field_type),* })?),*
        }

        const _: () = {
            type Target = $name;

            #[derive(serde::Serialize, serde::Deserialize)]
            #[serde(
                remote = "Target", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields
            )]
            enum Mirror {
                $($variant
                    $((#[serde(with = "crate::form")] $type))?
                    $({ $(#[serde(with = "crate::form")] $field: $field_type),* })?
                ),*
            }

            $crate::form::through_mirror!();
        };
    };
}

macro_rules! through_mirror {
    () => {
        impl $crate::form::Form for Target {
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Mirror::serialize(self, serializer)
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Mirror::deserialize(deserializer)
            }
        }
    };
}

pub(crate) use {plain, stored, through_mirror};

plain! {
    bool, u32, u64, String, DateTime<Utc>, Value, Map<String, Value>,
    Contact, Email, Identifier, MfaFactor, Phone, Revision, UserId, Username, VerificationId,
}

impl<T: Form> Form for Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Written).serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Read<T>>::deserialize(deserializer)?.map(|read| read.0))
    }
}

impl<T: Form> Form for Vec<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Written))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Read<T>>::deserialize(deserializer)?.into_iter().map(|read| read.0).collect())
    }
}

impl<T: Form + Ord> Form for BTreeSet<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Written))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Read<T>>::deserialize(deserializer)?.into_iter().map(|read| read.0).collect())
    }
}

impl<T: Form> Form for Box<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::write(self, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self::new)
    }
}

impl<T: Form> Form for BTreeMap<String, T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key, Written(value))))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = BTreeMap::<String, Read<T>>::deserialize(deserializer)?;
        Ok(read.into_iter().map(|(key, read)| (key, read.0)).collect())
    }
}

/// A form as a JSON value.
pub(crate) fn to_value<T: Form>(value: &T) -> Option<Value> {
    serde_json::to_value(Written(value)).ok()
}
