//! The OpenID Connect standard claims (OpenID Connect Core 1.0, section 5.1) that are not identifiers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::form::plain;
use crate::plain_text::is_plain;
use crate::rejection::FieldProblem;
use crate::url;

/// The longest text a claim may be, in characters.
const MAX_TEXT: usize = 2048;

macro_rules! text_members {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $json:literal,)* } $($rest:tt)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {
            $($(#[$member_doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $member: Option<String>,)*
            $($rest)*
        }

        impl $name {
            /// The names of the members that are text, as JSON has them.
            pub const TEXT_MEMBERS: &'static [&'static str] = &[$($json),*];

            /// The text member of a name.
            pub fn text(&self, name: &str) -> Option<&str> {
                match name { $($json => self.$member.as_deref(),)* _ => None }
            }

            /// The texts that are there.
            fn own_texts(&self) -> impl Iterator<Item = &str> {
                Self::TEXT_MEMBERS.iter().filter_map(|name| self.text(name))
            }

            fn text_mut(&mut self, name: &str) -> Option<&mut Option<String>> {
                match name { $($json => Some(&mut self.$member),)* _ => None }
            }

            /// Takes over every text member that `newer` has.
            fn merge_text(&mut self, newer: &mut Self) {
                $(if newer.$member.is_some() { self.$member = newer.$member.take(); })*
            }
        }
    };
}

text_members! {
    /// A user's claims. Absent ones are `None`.
    Claims {
        /// Surname.
        family_name = "familyName",
        /// First name.
        given_name = "givenName",
        /// Middle name.
        middle_name = "middleName",
        /// Casual name.
        nickname = "nickname",
        /// The name to be called by; no identifier.
        preferred_username = "preferredUsername",
        /// URL of a profile page.
        profile = "profile",
        /// URL of a web page or blog.
        website = "website",
        /// Gender.
        gender = "gender",
        /// Birthday, `YYYY-MM-DD`.
        birthdate = "birthdate",
        /// Time zone, an IANA name.
        zoneinfo = "zoneinfo",
        /// Language and region, BCP 47.
        locale = "locale",
    }
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

text_members! {
    /// The address claim (OpenID Connect Core 1.0, section 5.1.1).
    Address {
        /// The whole address, for a label.
        formatted = "formatted",
        /// Street, house number, box.
        street_address = "streetAddress",
        /// City.
        locality = "locality",
        /// State, province.
        region = "region",
        /// Postal code.
        postal_code = "postalCode",
        /// Country.
        country = "country",
    }
}

plain!(Claims);

impl Claims {
    /// Whether a name is that of a claim.
    pub fn is_claim(name: &str) -> bool {
        name == "address" || Self::TEXT_MEMBERS.contains(&name)
    }

    /// All texts, those of the address included.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.own_texts().chain(self.address.iter().flat_map(Address::own_texts))
    }

    /// Whether no claim is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes over every claim that `newer` has, the address member by member. What `newer` lacks stays.
    pub fn merge(&mut self, mut newer: Self) {
        self.merge_text(&mut newer);
        if let Some(mut address) = newer.address {
            self.address.get_or_insert_default().merge_text(&mut address);
        }
    }

    /// Sets one claim from JSON. The error names the member of an address that is at fault, if it is one.
    pub(crate) fn set(&mut self, name: &str, value: &Value) -> Result<(), (Option<String>, FieldProblem)> {
        if name != "address" {
            return match self.text_mut(name) {
                Some(member) => {
                    let text = claim_text(name, value).map_err(|problem| (None, problem))?;
                    *member = Some(text);
                    Ok(())
                }
                None => Ok(()),
            };
        }
        let members = value.as_object().ok_or((None, FieldProblem::WrongType))?;
        let mut address = Address::default();
        for (name, value) in members {
            if let Some(member) = address.text_mut(name) {
                let text =
                    bounded_text(value).map_err(|problem| (Some(format!("address.{name}")), problem))?;
                *member = Some(text);
            }
        }
        self.address = Some(address);
        Ok(())
    }
}

/// A text that a claim can be: `website` and `profile` are links, and a browser makes a script of one of another scheme
/// (P-10, A-7).
pub(crate) fn claim_text(name: &str, value: &Value) -> Result<String, FieldProblem> {
    let text = bounded_text(value)?;
    let is_link = matches!(name, "website" | "profile");
    if is_link && !text.is_empty() && !url::is_web_url(&text) {
        return Err(FieldProblem::InvalidUrl);
    }
    Ok(text)
}

/// A text that others may see: plain, and of some length.
pub(crate) fn bounded_text(value: &Value) -> Result<String, FieldProblem> {
    let text = value.as_str().ok_or(FieldProblem::WrongType)?;
    if text.chars().count() > MAX_TEXT {
        Err(FieldProblem::TooLong)
    } else if is_plain(text) {
        Ok(text.into())
    } else {
        Err(FieldProblem::NotPlainText)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn claims_have_the_documents_names() {
        let all = json!({
            "familyName": "a", "givenName": "b", "middleName": "c", "nickname": "d", "preferredUsername": "e",
            "profile": "https://f.example", "website": "https://g.example", "gender": "h", "birthdate": "i", "zoneinfo": "j", "locale": "k",
            "address": {
                "formatted": "l", "streetAddress": "m", "locality": "n", "region": "o", "postalCode": "p", "country": "q",
            },
        });
        assert_eq!(serde_json::to_value(claims(all.clone())).unwrap(), all);
        assert_eq!(serde_json::to_value(Claims::default()).unwrap(), json!({}));
        let mut set = Claims::default();
        for (name, value) in all.as_object().unwrap() {
            assert!(Claims::is_claim(name));
            set.set(name, value).unwrap();
        }
        assert_eq!(set, claims(all));
    }

    #[test]
    fn merging_replaces_what_is_named_and_keeps_the_rest() {
        let mut own = claims(
            json!({"nickname": "old", "gender": "x", "address": {"country": "FR", "locality": "Lyon"}}),
        );
        own.merge(claims(json!({"nickname": "new", "address": {"locality": "Paris", "region": "IDF"}})));
        assert_eq!(
            own,
            claims(
                json!({"nickname": "new", "gender": "x", "address": {"country": "FR", "locality": "Paris", "region": "IDF"}})
            )
        );
        let before = own.clone();
        own.merge(Claims::default());
        assert_eq!(own, before);
    }

    #[test]
    fn p10_a_claim_of_the_wrong_type_is_refused() {
        let mut own = Claims::default();
        assert_eq!(own.set("nickname", &json!(7)), Err((None, FieldProblem::WrongType)));
        assert_eq!(own.set("nickname", &Value::Null), Err((None, FieldProblem::WrongType)));
        assert_eq!(own.set("nickname", &json!("x".repeat(2049))), Err((None, FieldProblem::TooLong)));
        assert_eq!(own.set("address", &json!("x")), Err((None, FieldProblem::WrongType)));
        assert_eq!(
            own.set("address", &json!({"country": 7})),
            Err((Some("address.country".into()), FieldProblem::WrongType))
        );
        assert!(own.is_empty());
    }
}
