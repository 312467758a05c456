#![no_main]

#[allow(dead_code, reason = "each target uses one")]
#[path = "../inputs.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| inputs::identifiers(bytes));
