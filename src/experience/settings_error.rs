//! What can be wrong with an operator's settings.

/// An inconsistent setting. Each has a stable [`code`](Self::code) for an operator's tool, and a message that says
/// what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A number is outside the values it can have.
    #[error("`{setting}` is {value}: it must be between {min} and {max}")]
    OutOfRange {
        /// The setting's path.
        setting: &'static str,
        /// What it was set to.
        value: u64,
        /// The least it can be.
        min: u64,
        /// The most it can be.
        max: u64,
    },
    /// A minimum is above its maximum.
    #[error("`{setting}`: the minimum {min} is above the maximum {max}")]
    MinimumAboveMaximum {
        /// The setting's path.
        setting: String,
        /// The minimum.
        min: String,
        /// The maximum.
        max: String,
    },
    /// The username policy allows no username at all.
    #[error("`usernamePolicy` allows no username: turn on `lowercase`, `uppercase` or `underscore`")]
    NoUsernameAllowed,
    /// Passwords expire, but the settings don't say when.
    #[error("`passwordExpiration` is enabled without `validPeriodDays`: set it to 1 or more")]
    NoValidPeriod,
    /// An entry of the email blocklist is neither `user@domain` nor `@domain`, or no email can have its domain.
    #[error(
        "`emailBlocklistPolicy` has the item `{item}`: write `user@domain` or `@domain`, with `*` among ASCII characters only"
    )]
    InvalidBlocklistItem {
        /// The item.
        item: String,
    },
    /// A domain that no email can have.
    #[error("`{setting}` has the domain `{domain}`, which no email can have: write `example.com`")]
    InvalidDomain {
        /// The setting's path.
        setting: &'static str,
        /// The domain.
        domain: String,
    },
    /// Everybody must have a factor, and there is none to have.
    #[error(
        "`mfa.policy` lets nobody skip, and `mfa.factors` has none that everybody could use: backup codes need another factor beside them, and codes need their `senders`"
    )]
    NoFactorToHave,
    /// Two connectors or two fields have one name.
    #[error("`{setting}` has `{name}` twice: names are unique")]
    Duplicate {
        /// The setting's path.
        setting: &'static str,
        /// The name.
        name: String,
    },
    /// Two enterprise connectors have one issuer: whose identity is it?
    #[error("`enterpriseSsoConnectors` has the issuer `{issuer}` in two connectors: give each its own")]
    SharedIssuer {
        /// The issuer.
        issuer: String,
    },
    /// Two enterprise connectors have one email domain: through which door do its people come?
    #[error("`enterpriseSsoConnectors` has the domain `{domain}` in two connectors: leave it to one of them")]
    SharedDomain {
        /// The domain in its canonical form: that of two spellings.
        domain: String,
    },
    /// An organisation names an enterprise connector that there is not.
    #[error("`organizations` names the connector `{name}`, which `enterpriseSsoConnectors` does not have")]
    UnknownConnector {
        /// The connector's id.
        name: String,
    },
    /// A registration asks for a field that the catalogue does not have.
    #[error("`signUpProfileFields` names `{name}`, which `customProfileFields` does not define")]
    UnknownProfileField {
        /// The field's name.
        name: String,
    },
    /// A custom field has a name that fields cannot have.
    #[error(
        "the custom field `{name}` has a name that is reserved or not made of letters and digits: choose another"
    )]
    InvalidFieldName {
        /// The field's name.
        name: String,
    },
    /// A custom field of type `Select` has nothing to select.
    #[error("the custom field `{name}` has no options: give at least one")]
    NoFieldOptions {
        /// The field's name.
        name: String,
    },
    /// A custom field's pattern is no regular expression.
    #[error("the custom field `{name}` has a pattern that is no regular expression: {reason}")]
    InvalidFieldPattern {
        /// The field's name.
        name: String,
        /// What the regular expression compiler says.
        reason: String,
    },
    /// A custom field of type `Date` has a format that names no complete date.
    #[error("the custom field `{name}` has the date format `{format}`: use `yyyy`, `MM` and `dd` once each")]
    InvalidFieldDateFormat {
        /// The field's name.
        name: String,
        /// The format.
        format: String,
    },
    /// A custom field of type `Address` or `Fullname` without parts, or with parts of another type.
    #[error(
        "the custom field `{name}` has no usable parts: enable at least one, and nest no composite in it"
    )]
    InvalidFieldParts {
        /// The field's name.
        name: String,
    },
    /// A custom field's configuration has a member that its type does not have.
    #[error("the custom field `{name}` has the setting `{setting}`, which its type does not have")]
    InvalidFieldConfig {
        /// The field's name.
        name: String,
        /// The member.
        setting: &'static str,
    },
}

impl SettingsError {
    /// A stable code: `custom_profile_fields.invalid_*` for a field's definition (rules.md, 9.5), else
    /// `guard.invalid_input`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidFieldName { .. } => "custom_profile_fields.invalid_name",
            Self::NoFieldOptions { .. } => "custom_profile_fields.invalid_options",
            Self::InvalidFieldPattern { .. } => "custom_profile_fields.invalid_regex_format",
            Self::InvalidFieldDateFormat { .. } => "custom_profile_fields.invalid_date_format",
            Self::InvalidFieldParts { .. } => "custom_profile_fields.invalid_parts",
            Self::InvalidFieldConfig { .. } => "custom_profile_fields.invalid_config",
            Self::MinimumAboveMaximum { setting, .. } if setting.starts_with("customProfileFields") => {
                "custom_profile_fields.invalid_min_max"
            }
            _ => "guard.invalid_input",
        }
    }
}

/// Refuses a value outside `min..=max`.
pub(super) fn in_range(setting: &'static str, value: u64, min: u64, max: u64) -> Result<(), SettingsError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(SettingsError::OutOfRange { setting, value, min, max })
    }
}
