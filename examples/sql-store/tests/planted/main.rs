//! Bugs that somebody could make in these stores, each planted in a copy of the crate: does the library's suite catch them?
//!
//! ```sh
//! VESTIBULE_TEST_POSTGRES=postgres://postgres@127.0.0.1/postgres \
//!     cargo test -p vestibule-sql-store --test planted -- --ignored --nocapture
//! ```
//!
//! It builds the crate once for each bug, which takes a while. `VESTIBULE_PLANTED` names a part of the lists, or of a bug's
//! name, where not all are to be tried.

// `cfg(test)` says to the lints what cargo knows: all of this is tests.
#[cfg(test)]
mod both;
#[cfg(test)]
mod postgres_entries;
#[cfg(test)]
mod postgres_users;
#[cfg(test)]
mod sqlite_entries;
#[cfg(test)]
mod sqlite_users;
#[cfg(test)]
mod tried;

/// A bug: in this file, this text becomes that.
#[cfg(test)]
struct Bug {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// Bugs that the same one of the crate's tests must catch.
#[cfg(test)]
struct Suite {
    test: &'static str,
    bugs: &'static [Bug],
}

#[cfg(test)]
const SUITES: [Suite; 12] = [
    Suite { test: "obligations::sqlite::users", bugs: both::USERS },
    Suite { test: "obligations::sqlite::users", bugs: sqlite_users::BUGS },
    Suite { test: "obligations::sqlite::entries", bugs: both::ENTRIES },
    Suite { test: "obligations::sqlite::entries", bugs: sqlite_entries::BUGS },
    Suite { test: "obligations::postgres::users", bugs: both::USERS },
    Suite { test: "obligations::postgres::users", bugs: postgres_users::BUGS },
    Suite { test: "obligations::postgres::entries", bugs: both::ENTRIES },
    Suite { test: "obligations::postgres::entries", bugs: postgres_entries::BUGS },
    Suite { test: "host::sqlite::accounts_are_told_that_are_due_for_deletion", bugs: sqlite_users::DUE },
    Suite {
        test: "host::sqlite::interactions_are_told_by_whom_they_identified",
        bugs: sqlite_entries::WHOSE,
    },
    Suite { test: "host::postgres::accounts_are_told_that_are_due_for_deletion", bugs: postgres_users::DUE },
    Suite {
        test: "host::postgres::interactions_are_told_by_whom_they_identified",
        bugs: postgres_entries::WHOSE,
    },
];
