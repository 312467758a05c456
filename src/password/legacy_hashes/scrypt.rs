//! scrypt (RFC 7914), in PHC string format and as `crypt(3)` writes it.

use ::scrypt::{Params, scrypt};
use mcf::Base64;
use subtle::ConstantTimeEq;

use super::{Parts, exactly, read_modular, read_phc};

/// The most memory that a digest may ask for: 256 MiB, which is twice what OWASP recommends.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;

/// The most work that a digest may ask for, in memory times `p`: 1 GiB, which takes some seconds.
const MAX_WORK: u64 = 1024 * 1024 * 1024;

/// The most memory in the `p` blocks that scrypt begins with, on top of the rest: 1 MiB. Usual is 1 to 16 KiB. Without it,
/// a digest of the lowest `N` could ask in `p` for what it must not ask for in `N`.
const MAX_BLOCKS: u64 = 1024 * 1024;

/// The most characters of salt in a digest of `crypt(3)`.
const MAX_SALT_LENGTH: usize = 64;

/// The digits of numbers in a digest of `crypt(3)`.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many digits `r` and `p` have there.
const NUMBER_LENGTH: usize = 5;

/// Read here: the crate's own readers bound no cost, and more than that, see [`params`].
pub(super) struct Scrypt {
    pub(super) params: Params,
    /// What it takes, in bytes.
    memory: usize,
    parts: Parts,
}

impl Scrypt {
    pub(super) fn read(text: &str) -> Option<Self> {
        Self::read_phc(text).or_else(|| Self::read_modular(text))
    }

    fn read_phc(text: &str) -> Option<Self> {
        let (algorithm, [Some(log_n), Some(r), Some(p)], parts) = read_phc(text, ["ln", "r", "p"])? else {
            return None;
        };
        let (params, memory) = params(log_n, r, p).filter(|_| algorithm.as_str() == "scrypt")?;
        Some(Self { params, memory, parts })
    }

    fn read_modular(text: &str) -> Option<Self> {
        let ("7", [costs_and_salt, hash]) = read_modular(text)? else { return None };
        let (log_n, rest) = costs_and_salt.split_at_checked(1)?;
        let (r, rest) = rest.split_at_checked(NUMBER_LENGTH)?;
        let (p, salt) = rest.split_at_checked(NUMBER_LENGTH)?;
        let (params, memory) = params(number(log_n)?, number(r)?, number(p)?)?;
        let hash = exactly::<32>(Base64::Crypt, hash)?;
        // The salt is the text itself.
        (1..=MAX_SALT_LENGTH).contains(&salt.len()).then(|| Self {
            params,
            memory,
            parts: Parts { salt: salt.as_bytes().to_vec(), hash: hash.to_vec() },
        })
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        // The crate aborts the process where there is no memory: so it is asked for first.
        if Vec::<u8>::new().try_reserve_exact(self.memory).is_err() {
            return false;
        }
        let mut output = vec![0; self.parts.hash.len()];
        scrypt(password.as_bytes(), &self.parts.salt, &self.params, &mut output)
            .is_ok_and(|()| self.parts.hash.ct_eq(&output).into())
    }
}

/// The parameters, if they are within bounds. That is asked first: `Params::new`, which the crate's own readers hand a
/// digest's numbers to as they are, multiplies `r` and `p` unchecked. It panics, or lets them through.
fn params(log_n: u32, r: u32, p: u32) -> Option<(Params, usize)> {
    // RFC 7914, section 6, leaves out N = 1.
    let n = 1_u64.checked_shl(log_n).filter(|n| *n > 1)?;
    let (block, p_blocks) = (128 * u64::from(r), u64::from(p));
    let memory = block.checked_mul(n)?;
    let is_bounded = memory <= MAX_MEMORY
        && memory.checked_mul(p_blocks)? <= MAX_WORK
        && block.checked_mul(p_blocks)? <= MAX_BLOCKS;
    if !is_bounded {
        return None;
    }
    let memory = usize::try_from(memory + block * p_blocks + block).ok()?;
    Some((Params::new(u8::try_from(log_n).ok()?, r, p).ok()?, memory))
}

/// A number in digits of six bits, the last of them first.
fn number(text: &str) -> Option<u32> {
    text.bytes().rev().try_fold(0_u32, |number, character| {
        let digit = DIGITS.iter().position(|digit| *digit == character)?;
        number.checked_mul(64)?.checked_add(u32::try_from(digit).ok()?)
    })
}
