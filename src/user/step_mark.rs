//! What a step leaves on the account that it wrote (V-16).

use serde::{Deserialize, Serialize};

use crate::form::plain;
use crate::secret::sha256_hex;

/// How many marks an account and an interaction remember: one is outlived by as many later steps.
const REMEMBERED: usize = 16;

/// The mark of a step: a digest of the interaction and of what was done in it.
///
/// Where a step writes both stores, the account comes first. Decided again after it lost a race for the interaction, or
/// tried again after a crash between the two writes, the step finds its mark on the account, and goes on instead of
/// refusing its own work as a replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepMark(String);

plain!(StepMark);

impl StepMark {
    /// Of the texts that make the step what it is. None of them can be read from it.
    pub(crate) fn new(texts: &[&str]) -> Self {
        let mut digest = sha256_hex(texts);
        digest.truncate(32);
        Self(digest)
    }

    /// Puts a mark last, and forgets the oldest.
    pub(crate) fn remember(marks: &mut Vec<Self>, mark: Self) {
        marks.retain(|own| *own != mark);
        let surplus = (marks.len() + 1).saturating_sub(REMEMBERED);
        marks.drain(..surplus);
        marks.push(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v16_the_last_marks_are_remembered_each_once() {
        let mut marks = Vec::new();
        for number in 0..40 {
            StepMark::remember(&mut marks, StepMark::new(&[&number.to_string()]));
        }
        StepMark::remember(&mut marks, StepMark::new(&["30"]));
        assert_eq!(marks.len(), REMEMBERED);
        assert_eq!(marks.last(), Some(&StepMark::new(&["30"])));
        assert_eq!(marks.iter().filter(|mark| **mark == StepMark::new(&["30"])).count(), 1);
    }
}
