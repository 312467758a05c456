//! The stores, in a temporary file always, and in PostgreSQL where `VESTIBULE_TEST_POSTGRES` names a database:
//!
//! ```sh
//! VESTIBULE_TEST_POSTGRES=postgres://postgres@127.0.0.1/postgres cargo test -p vestibule-sql-store
//! ```
//!
//! Each test has a schema of its own there, which goes with it.

// `cfg(test)` says to the lints what cargo knows: all of this is tests.
#[cfg(test)]
mod failures;
#[cfg(test)]
mod host;
#[cfg(test)]
mod interaction;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod lasting;
#[cfg(test)]
mod obligations;
#[cfg(test)]
mod one_winner;
#[cfg(test)]
mod place;
#[cfg(test)]
mod races;
#[cfg(feature = "seal")]
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod tables;

/// Each of these tests on each database.
#[cfg(test)]
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                super::$test(&crate::place::InFile::new());
            })+
        }

        mod postgres {
            $(#[test]
            fn $test() {
                if let Some(place) = crate::place::InPostgres::new() {
                    super::$test(&place);
                }
            })+
        }
    };
}

#[cfg(test)]
pub(crate) use on_each_database;
