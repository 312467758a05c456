//! The catalogue of custom profile fields (rules.md, 9.5).

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connector::unique;
use super::date_format::DateFormat;
use super::{SettingsError, SignInExperience};
use crate::rejection::{FieldProblem, InvalidField};
use crate::reserved_key::{self, ReservedKey};
use crate::url;

/// The longest text a profile value may be, in characters, whatever the operator allows.
pub(crate) const MAX_TEXT: usize = 2048;

/// The definition of a custom profile field, as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomProfileField {
    /// The field's name: letters and digits. The name of a standard claim makes it that claim.
    pub name: String,
    /// What kind of value it takes.
    #[serde(rename = "type")]
    pub field_type: CustomFieldType,
    /// What a form calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What a form says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether a registration cannot do without it (S-6).
    #[serde(default)]
    pub required: bool,
    /// What its type can be told.
    #[serde(default)]
    pub config: CustomFieldConfig,
}

/// What kind of value a custom field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CustomFieldType {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A date, as text in a format.
    Date,
    /// True or false.
    Checkbox,
    /// One of some options, as text.
    Select,
    /// A web address, as text.
    Url,
    /// A text that matches a pattern.
    Regex,
    /// The `address` claim.
    Address,
    /// The claims `givenName`, `middleName`, `familyName`.
    Fullname,
}

/// What the type of a custom field can be told. Each type has some of these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CustomFieldConfig {
    /// What an empty form shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// `Text`: the least number of characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<usize>,
    /// `Text`: the greatest number of characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// `Number`: the least value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_value: Option<f64>,
    /// `Number`: the greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_value: Option<f64>,
    /// `Date`: a format of `yyyy`, `MM`, `dd`, or `custom`; `Regex`: the pattern.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// `Date` with the format `custom`: the format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_format: Option<String>,
    /// `Select`: the options.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<FieldOption>>,
    /// `Address`, `Fullname`: the parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<FieldPart>>,
}

/// An option of a `Select`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldOption {
    /// What is stored.
    pub value: String,
    /// What a form shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A part of an `Address` or a `Fullname`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldPart {
    /// The claim, or the address's member.
    pub name: String,
    /// Whether a form asks for it.
    #[serde(default)]
    pub enabled: bool,
    /// Whether a form insists on it.
    #[serde(default)]
    pub required: bool,
    /// What kind of value it takes; no composite.
    #[serde(rename = "type", default = "text")]
    pub field_type: CustomFieldType,
    /// What a form calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What a form says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What its type can be told.
    #[serde(default)]
    pub config: CustomFieldConfig,
}

fn text() -> CustomFieldType {
    CustomFieldType::Text
}

/// The names that the parts of a `Fullname` can have.
const FULLNAME_PARTS: [&str; 3] = ["givenName", "middleName", "familyName"];
/// The names that the parts of an `Address` can have.
const ADDRESS_PARTS: [&str; 6] =
    ["formatted", "streetAddress", "locality", "region", "postalCode", "country"];

/// A field's definition with what it takes to check a value.
#[derive(Clone, Debug)]
pub(crate) struct CompiledField {
    definition: CustomProfileField,
    kind: FieldKind,
}

#[derive(Clone, Debug)]
pub(crate) enum FieldKind {
    /// One value under the field's own name.
    Value(ValueRule),
    /// The `address` claim.
    Address(Vec<CompiledPart>),
    /// Claims of their own names.
    Fullname(Vec<CompiledPart>),
}

/// An enabled part of a composite.
#[derive(Clone, Debug)]
pub(crate) struct CompiledPart {
    pub(crate) name: String,
    pub(crate) required: bool,
    rule: ValueRule,
}

#[derive(Clone, Debug)]
pub(crate) enum ValueRule {
    Text { min: usize, max: usize },
    Number { min: f64, max: f64 },
    Date(DateRule),
    Checkbox,
    Select(Vec<String>),
    Url,
    Regex(Regex),
}

/// A date format; its inside is this module's.
#[derive(Clone, Debug)]
pub(crate) struct DateRule(DateFormat);

impl CompiledField {
    pub(crate) fn definition(&self) -> &CustomProfileField {
        &self.definition
    }

    pub(crate) fn kind(&self) -> &FieldKind {
        &self.kind
    }

    /// The problems of the values that belong to this field (P-11). What is absent or empty is no problem here:
    /// whether the field may stay empty is asked at submit (S-6).
    pub(crate) fn problems(&self, values: &serde_json::Map<String, Value>) -> Vec<InvalidField> {
        let name = &self.definition.name;
        match &self.kind {
            FieldKind::Value(rule) => {
                values.get(name).and_then(|value| rule.problem(name, value)).into_iter().collect()
            }
            FieldKind::Fullname(parts) => parts
                .iter()
                .filter_map(|part| {
                    values.get(&part.name).and_then(|value| part.rule.problem(&part.name, value))
                })
                .collect(),
            FieldKind::Address(parts) => {
                let address = values.get("address").and_then(Value::as_object);
                parts
                    .iter()
                    .filter_map(|part| {
                        let value = address?.get(&part.name)?;
                        part.rule.problem(&format!("address.{}", part.name), value)
                    })
                    .collect()
            }
        }
    }
}

impl ValueRule {
    fn problem(&self, name: &str, value: &Value) -> Option<InvalidField> {
        self.check(value).err().map(|reason| InvalidField { name: name.into(), reason })
    }

    fn check(&self, value: &Value) -> Result<(), FieldProblem> {
        match self {
            Self::Number { min, max } => {
                let number = value.as_f64().ok_or(FieldProblem::WrongType)?;
                ensure(number >= *min, FieldProblem::TooSmall)?;
                ensure(number <= *max, FieldProblem::TooLarge)
            }
            Self::Checkbox => ensure(value.is_boolean(), FieldProblem::WrongType),
            _ => {
                let text = value.as_str().ok_or(FieldProblem::WrongType)?;
                if text.is_empty() { Ok(()) } else { self.check_text(text) }
            }
        }
    }

    fn check_text(&self, text: &str) -> Result<(), FieldProblem> {
        let length = text.chars().count();
        ensure(length <= MAX_TEXT, FieldProblem::TooLong)?;
        match self {
            Self::Text { min, max } => {
                ensure(length >= *min, FieldProblem::TooShort)?;
                ensure(length <= *max, FieldProblem::TooLong)
            }
            Self::Date(DateRule(format)) => ensure(format.matches(text), FieldProblem::InvalidDate),
            Self::Select(options) => {
                ensure(options.iter().any(|option| option == text), FieldProblem::NotAnOption)
            }
            Self::Url => ensure(url::is_web_url(text), FieldProblem::InvalidUrl),
            Self::Regex(pattern) => ensure(pattern.is_match(text), FieldProblem::PatternMismatch),
            Self::Number { .. } | Self::Checkbox => Err(FieldProblem::WrongType),
        }
    }
}

fn ensure(holds: bool, problem: FieldProblem) -> Result<(), FieldProblem> {
    if holds { Ok(()) } else { Err(problem) }
}

/// Checks the catalogue and compiles it.
pub(super) fn compile(settings: &SignInExperience) -> Result<Vec<CompiledField>, SettingsError> {
    let catalogue = &settings.custom_profile_fields;
    unique("customProfileFields", catalogue.iter().map(|field| &field.name))?;
    for chosen in settings.sign_up_profile_fields.iter().flatten() {
        if !catalogue.iter().any(|field| field.name == chosen.name) {
            return Err(SettingsError::UnknownProfileField { name: chosen.name.clone() });
        }
    }
    catalogue.iter().map(|field| compile_field(settings, field)).collect()
}

fn compile_field(
    settings: &SignInExperience,
    field: &CustomProfileField,
) -> Result<CompiledField, SettingsError> {
    let reserved = reserved_key::kind(&field.name, &settings.reserved_custom_data_keys.0);
    if reserved != ReservedKey::Free || !reserved_key::is_key(&field.name) {
        return Err(SettingsError::InvalidFieldName { name: field.name.clone() });
    }
    let kind = match field.field_type {
        CustomFieldType::Address => FieldKind::Address(compile_parts(field, &ADDRESS_PARTS)?),
        CustomFieldType::Fullname => FieldKind::Fullname(compile_parts(field, &FULLNAME_PARTS)?),
        simple => FieldKind::Value(compile_value(&field.name, simple, &field.config)?),
    };
    Ok(CompiledField { definition: field.clone(), kind })
}

fn compile_parts(field: &CustomProfileField, names: &[&str]) -> Result<Vec<CompiledPart>, SettingsError> {
    let invalid = || SettingsError::InvalidFieldParts { name: field.name.clone() };
    only(&field.name, &field.config, &["parts"])?;
    let parts = field.config.parts.as_deref().unwrap_or_default();
    unique("customProfileFields.config.parts", parts.iter().map(|part| &part.name))?;
    if !parts.iter().all(|part| names.contains(&part.name.as_str())) || !parts.iter().any(|part| part.enabled)
    {
        return Err(invalid());
    }
    let enabled = parts.iter().filter(|part| part.enabled);
    enabled
        .map(|part| match part.field_type {
            CustomFieldType::Address | CustomFieldType::Fullname => Err(invalid()),
            simple => {
                let rule = compile_value(&format!("{}.{}", field.name, part.name), simple, &part.config)?;
                Ok(CompiledPart { name: part.name.clone(), required: part.required, rule })
            }
        })
        .collect()
}

fn compile_value(
    name: &str,
    field_type: CustomFieldType,
    config: &CustomFieldConfig,
) -> Result<ValueRule, SettingsError> {
    let date_error =
        |format: &str| SettingsError::InvalidFieldDateFormat { name: name.into(), format: format.into() };
    match field_type {
        CustomFieldType::Text => {
            only(name, config, &["minLength", "maxLength"])?;
            let (min, max) = (config.min_length.unwrap_or(0), config.max_length.unwrap_or(MAX_TEXT));
            ordered(name, min <= max, &min, &max)?;
            Ok(ValueRule::Text { min, max })
        }
        CustomFieldType::Number => {
            only(name, config, &["minValue", "maxValue"])?;
            let (min, max) = (config.min_value.unwrap_or(f64::MIN), config.max_value.unwrap_or(f64::MAX));
            ordered(name, min <= max, &min, &max)?;
            Ok(ValueRule::Number { min, max })
        }
        CustomFieldType::Date => {
            only(name, config, &["format", "customFormat"])?;
            let format = match config.format.as_deref() {
                Some("custom") => config.custom_format.as_deref().unwrap_or(""),
                Some(format) => format,
                None => "yyyy-MM-dd",
            };
            DateFormat::parse(format)
                .map(|format| ValueRule::Date(DateRule(format)))
                .ok_or_else(|| date_error(format))
        }
        CustomFieldType::Select => {
            only(name, config, &["options"])?;
            let options: Vec<String> =
                config.options.iter().flatten().map(|option| option.value.clone()).collect();
            if options.is_empty() {
                return Err(SettingsError::NoFieldOptions { name: name.into() });
            }
            Ok(ValueRule::Select(options))
        }
        CustomFieldType::Regex => {
            only(name, config, &["format"])?;
            let pattern = config.format.as_deref().unwrap_or("");
            let compiled = if pattern.is_empty() {
                Err("the pattern is empty".into())
            } else {
                RegexBuilder::new(pattern).size_limit(1 << 20).build().map_err(|error| error.to_string())
            };
            compiled
                .map(ValueRule::Regex)
                .map_err(|reason| SettingsError::InvalidFieldPattern { name: name.into(), reason })
        }
        CustomFieldType::Checkbox => only(name, config, &[]).map(|()| ValueRule::Checkbox),
        CustomFieldType::Url => only(name, config, &[]).map(|()| ValueRule::Url),
        CustomFieldType::Address | CustomFieldType::Fullname => {
            Err(SettingsError::InvalidFieldParts { name: name.into() })
        }
    }
}

/// Refuses a configuration with members that the type does not have: they would silently do nothing.
fn only(name: &str, config: &CustomFieldConfig, members: &[&str]) -> Result<(), SettingsError> {
    let given = [
        ("minLength", config.min_length.is_some()),
        ("maxLength", config.max_length.is_some()),
        ("minValue", config.min_value.is_some()),
        ("maxValue", config.max_value.is_some()),
        ("format", config.format.is_some()),
        ("customFormat", config.custom_format.is_some()),
        ("options", config.options.is_some()),
        ("parts", config.parts.is_some()),
    ];
    match given.into_iter().find(|(member, given)| *given && !members.contains(member)) {
        Some((setting, _)) => Err(SettingsError::InvalidFieldConfig { name: name.into(), setting }),
        None => Ok(()),
    }
}

fn ordered(name: &str, holds: bool, min: &impl ToString, max: &impl ToString) -> Result<(), SettingsError> {
    if holds {
        return Ok(());
    }
    Err(SettingsError::MinimumAboveMaximum {
        setting: format!("customProfileFields.{name}"),
        min: min.to_string(),
        max: max.to_string(),
    })
}

#[cfg(test)]
mod tests;
