//! bcrypt, as OpenBSD and `crypt(3)` write it.

use mcf::Base64;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{exactly, read_modular};

/// The highest cost that a digest may ask for. Each step doubles the time: this one takes some seconds, where 10 to 14 are
/// in use.
const MAX_COST: u32 = 16;

/// The lowest cost that there is.
const MIN_COST: u32 = 4;

/// How much of a password bcrypt reads.
const MAX_PASSWORD_LENGTH: usize = 72;

/// The characters of the salt, in front of those of the hash.
const SALT_CHARACTERS: usize = 22;

const HASH_LENGTH: usize = 23;

/// Read here: the crate's own reader is to be had only together with a source of entropy, and takes a cost of `+5`.
pub(super) struct Bcrypt {
    pub(super) cost: u32,
    pub(super) salt: [u8; 16],
    pub(super) hash: [u8; HASH_LENGTH],
}

impl Bcrypt {
    pub(super) fn read(text: &str) -> Option<Self> {
        // The letter was raised with each bug that was mended, and hardly a digest differs. `2x` marks those that do.
        let ("2a" | "2b" | "2y", [cost, salt_and_hash]) = read_modular(text)? else { return None };
        let (salt, hash) = salt_and_hash.split_at_checked(SALT_CHARACTERS)?;
        Some(Self {
            cost: read_cost(cost)?,
            salt: exactly(Base64::Bcrypt, salt)?,
            hash: exactly(Base64::Bcrypt, hash)?,
        })
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        let password = password.as_bytes();
        // The NUL that ends a password is read too, if it is within what is read.
        let mut key = Zeroizing::new([0; MAX_PASSWORD_LENGTH]);
        key.iter_mut().zip(password).for_each(|(to, from)| *to = *from);
        let length = MAX_PASSWORD_LENGTH.min(password.len() + 1);
        let is_match = key.get(..length).is_some_and(|key| {
            let output = ::bcrypt::bcrypt(self.cost, self.salt, key);
            // The last byte was never written down.
            output.first_chunk::<HASH_LENGTH>().is_some_and(|hash| self.hash.ct_eq(hash).into())
        });
        is_match && !password.contains(&0)
    }
}

/// Two digits, within bounds.
fn read_cost(text: &str) -> Option<u32> {
    let is_two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let cost = text.parse().ok().filter(|_| is_two_digits)?;
    (MIN_COST..=MAX_COST).contains(&cost).then_some(cost)
}
