//! See [`selvedge_fuzz::cookie`].

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| selvedge_fuzz::cookie(bytes));
