//! Bugs in what both databases share: what becomes of a key, a revision, a time, a limit.

use crate::Bug;

const DOCUMENTS: &str = "src/documents.rs";
const CHANGES: &str = "src/changes.rs";

const TEXT: &str = "let text = key.value().as_bytes();";
const LONG: &str = "[&[0xff][..], &Sha256::digest(text)].concat()";
const MICROS: &str = "    time.timestamp_micros()";
const EXPIRES_AT: &str = "expires_at: micros(entry.expires_at),";

pub(crate) const USERS: &[Bug] = &[
    Bug {
        name: "keys lose their case",
        file: DOCUMENTS,
        from: TEXT,
        to: "let text = &key.value().to_lowercase().into_bytes()[..];",
    },
    Bug {
        name: "keys lose the spaces at their end",
        file: DOCUMENTS,
        from: TEXT,
        to: "let text = key.value().trim_end().as_bytes();",
    },
    Bug {
        name: "keys end at a zero",
        file: DOCUMENTS,
        from: TEXT,
        to: "let text = key.value().split('\\0').next().unwrap_or_default().as_bytes();",
    },
    Bug {
        name: "keys are composed",
        file: DOCUMENTS,
        from: TEXT,
        to: "let text = &key.value().replace(\"a\\u{308}\", \"ä\").into_bytes()[..];",
    },
    Bug {
        name: "keys lose their ligatures",
        file: DOCUMENTS,
        from: TEXT,
        to: "let text = &key.value().replace('ﬁ', \"fi\").into_bytes()[..];",
    },
    Bug {
        name: "keys are in ASCII",
        file: DOCUMENTS,
        from: TEXT,
        to: "let text = &key.value().replace(|c: char| !c.is_ascii(), \"?\").into_bytes()[..];",
    },
    Bug {
        name: "long keys are cut",
        file: DOCUMENTS,
        from: LONG,
        to: "text.get(..LONGEST_VALUE).unwrap_or(text).into()",
    },
    Bug {
        name: "long keys are one",
        file: DOCUMENTS,
        from: LONG,
        to: "[&[0xff][..], &Sha256::digest(b\"\")].concat()",
    },
    Bug {
        name: "revisions have 32 bits",
        file: DOCUMENTS,
        from: "revision.0.cast_signed()",
        to: "revision.0 as i32 as i64",
    },
    Bug {
        name: "revisions are floats",
        file: DOCUMENTS,
        from: "revision.0.cast_signed()",
        to: "revision.0 as f64 as i64",
    },
];

pub(crate) const ENTRIES: &[Bug] = &[
    Bug {
        name: "the expiry is in whole seconds",
        file: CHANGES,
        from: EXPIRES_AT,
        to: "expires_at: entry.expires_at.timestamp() * 1_000_000,",
    },
    Bug {
        name: "the expiry is in whole milliseconds",
        file: CHANGES,
        from: EXPIRES_AT,
        to: "expires_at: entry.expires_at.timestamp_millis() * 1000,",
    },
    Bug {
        name: "the expiry is rounded up to a second",
        file: CHANGES,
        from: EXPIRES_AT,
        to: "expires_at: (entry.expires_at.timestamp() + 1) * 1_000_000,",
    },
    Bug {
        name: "an interaction's expiry is its content's",
        file: CHANGES,
        from: EXPIRES_AT,
        to: "expires_at: match &entry.content { vestibule::store::EntryContent::Interaction(interaction) => \
             micros(interaction.expires_at()), _ => micros(entry.expires_at) },",
    },
    Bug {
        name: "all times are in whole seconds",
        file: DOCUMENTS,
        from: MICROS,
        to: "    time.timestamp() * 1_000_000",
    },
    Bug {
        name: "times end in 2262",
        file: DOCUMENTS,
        from: MICROS,
        to: "    time.timestamp_nanos_opt().unwrap_or_default() / 1000",
    },
    Bug {
        name: "times end in 2106",
        file: DOCUMENTS,
        from: MICROS,
        to: "    i64::from(time.timestamp() as u32) * 1_000_000 + i64::from(time.timestamp_subsec_micros())",
    },
    Bug {
        name: "times begin in 1970",
        file: DOCUMENTS,
        from: MICROS,
        to: "    time.timestamp_micros().max(0)",
    },
    Bug {
        name: "times have no sign",
        file: DOCUMENTS,
        from: MICROS,
        to: "    time.timestamp_micros().abs()",
    },
    Bug {
        name: "times are rounded to zero",
        file: DOCUMENTS,
        from: MICROS,
        to: "    time.timestamp() * 1_000_000 + time.timestamp().signum() * i64::from(time.timestamp_subsec_micros())",
    },
    Bug {
        name: "the last times are the first",
        file: DOCUMENTS,
        from: MICROS,
        to: "    if time.timestamp() > 253_402_300_799 { i64::MIN } else { time.timestamp_micros() }",
    },
    Bug {
        name: "a limit is a hundred at most",
        file: DOCUMENTS,
        from: "i64::try_from(limit).unwrap_or(i64::MAX)",
        to: "i64::try_from(limit).unwrap_or(i64::MAX).min(100)",
    },
    Bug {
        name: "a limit is one at least",
        file: DOCUMENTS,
        from: "i64::try_from(limit).unwrap_or(i64::MAX)",
        to: "i64::try_from(limit).unwrap_or(i64::MAX).max(1)",
    },
    Bug {
        name: "a large limit is none",
        file: DOCUMENTS,
        from: "i64::try_from(limit).unwrap_or(i64::MAX)",
        to: "i64::try_from(limit).unwrap_or_default()",
    },
    Bug {
        name: "of a batch the last only is written",
        file: CHANGES,
        from: "by_key.into_values().map(|change|",
        to: "by_key.into_values().rev().take(1).map(|change|",
    },
    Bug {
        name: "removals are left out beside writes",
        file: CHANGES,
        from: "by_key.into_values().map(|change|",
        to: "by_key.into_values().filter(|change| change.entry().is_some() || changes.len() == 1).map(|change|",
    },
    Bug {
        name: "revisions have 32 bits",
        file: DOCUMENTS,
        from: "revision.0.cast_signed()",
        to: "revision.0 as i32 as i64",
    },
];
