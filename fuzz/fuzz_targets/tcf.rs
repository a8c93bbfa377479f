//! See [`selvedge_fuzz::tcf`].

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| selvedge_fuzz::tcf(bytes));
