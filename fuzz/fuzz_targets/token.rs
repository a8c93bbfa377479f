//! See [`selvedge_fuzz::token`].

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| selvedge_fuzz::token(bytes));
