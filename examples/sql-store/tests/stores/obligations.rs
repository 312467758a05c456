//! What the library asks of every store.

use vestibule::store::testkit::aio::{check_user_store, check_verification_store};

use crate::place::Place;

crate::on_each_database!(users_are_kept_as_promised, entries_are_kept_as_promised);

fn users_are_kept_as_promised<P: Place>(place: &P) {
    check_user_store(|| place.fresh(), place.runtime()).unwrap();
}

fn entries_are_kept_as_promised<P: Place>(place: &P) {
    check_verification_store(|| place.fresh(), place.runtime()).unwrap();
}
