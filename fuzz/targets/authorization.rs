//! Any value of the header field of JWT Auth: what is read once is refused twice.

#![no_main]

use hub_fuzz::JWT_AUTH;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    if JWT_AUTH.parse_request([value]).is_ok() {
        assert!(JWT_AUTH.parse_response([value]).is_ok());
        assert!(JWT_AUTH.parse_request([value, value]).is_err());
    }
});
