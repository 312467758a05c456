//! The model: the rule book once more, by other hands. Plain data and slow look-ups; each function names the rules it
//! writes down.

pub mod account;
pub mod begin;
pub mod bind;
pub mod factors;
pub mod facts;
pub mod identify;
pub mod limits;
pub mod look_up;
pub mod operator;
pub mod profile;
pub mod proofs;
pub mod register;
pub mod submit;
pub mod verify;
pub mod view;
