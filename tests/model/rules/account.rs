//! A signed-in person's own account: 11.3.

use super::facts::{Book, No};

impl Book {
    /// C-2.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "written down in a later slice")]
    pub fn step_up(&self, _visit: usize) -> Result<(), No> {
        Ok(())
    }
}
