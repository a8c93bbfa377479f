//! See [`selvedge_fuzz::gpp`].

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| selvedge_fuzz::gpp(bytes));
