//! The keys that documents are sealed under, from their file.

use std::path::Path;
use std::{fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vestibule::store::seal::{SealError, SealingKey, SealingKeys};
use zeroize::Zeroizing;

/// Why there are no keys. It shows nothing of the file.
#[derive(Debug, thiserror::Error)]
pub enum BadSealingKeys {
    /// The file cannot be read.
    #[error("--sealing-keys: the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// A line is no key.
    #[error("--sealing-keys: line {0} is no name and 32 bytes in Base64, with a space between")]
    NoKey(usize),
    /// A key cannot have its name.
    #[error("--sealing-keys: line {0}: {1}")]
    NoName(usize, SealError),
    /// Two keys have one name.
    #[error("--sealing-keys: line {0} has the name of another key")]
    SameName(usize),
    /// There is none.
    #[error("--sealing-keys: there is no key in the file")]
    Empty,
}

/// Reads keys, one a line: a name, a space, 32 bytes in Base64. The first seals, the others open what they sealed before.
///
/// # Errors
/// [`BadSealingKeys`]
pub fn read(path: &Path) -> Result<SealingKeys, BadSealingKeys> {
    parse(&Zeroizing::new(fs::read_to_string(path)?))
}

fn parse(text: &str) -> Result<SealingKeys, BadSealingKeys> {
    let (mut keys, mut names): (Option<SealingKeys>, Vec<&str>) = (None, Vec::new());
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let no_key = || BadSealingKeys::NoKey(number);
        let (name, encoded) = line.trim().split_once(' ').ok_or_else(no_key)?;
        let bytes = STANDARD.decode(encoded.trim()).map(Zeroizing::new).map_err(|_| no_key())?;
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| no_key())?;
        if names.contains(&name) {
            return Err(BadSealingKeys::SameName(number));
        }
        names.push(name);
        let key = SealingKey::new(name, bytes).map_err(|error| BadSealingKeys::NoName(number, error))?;
        keys = Some(match keys {
            None => SealingKeys::new(key),
            Some(keys) => keys.with_older(key),
        });
    }
    keys.ok_or(BadSealingKeys::Empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (new, old) = (STANDARD.encode([7; 32]), STANDARD.encode([8; 32]));
        let of = |text: &str| parse(text).unwrap();
        let sealed = of(&format!("old {old}\n")).seal(b"document", b"", &[0; 24]).unwrap();
        let both = of(&format!("\nnew {new}\n  old {old}\n"));
        assert_eq!(*both.unseal(&sealed, b"").unwrap(), b"document");
        assert!(!both.is_current(&sealed));
        assert!(of(&format!("new {new}")).unseal(&sealed, b"").is_err());
    }

    #[test]
    fn what_is_no_key_is_told_without_showing_it() {
        let good = STANDARD.encode([7; 32]);
        for bad in
            ["", "\n", &good, "a short", &format!("a {good}x"), &format!("a {good}\na {good}"), "a \u{fe0f}"]
        {
            let error = parse(bad).unwrap_err().to_string();
            assert!(!error.contains(&good) && !error.contains("short"), "{error}");
        }
    }
}
