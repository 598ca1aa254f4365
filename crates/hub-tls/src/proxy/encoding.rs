//! Certificates in header values: percent-encoded PEM, base64, byte sequences of structured fields.

use base64ct::{Base64, Encoding};
use hub_roles::MAX_CERTIFICATES;
use rustls_pki_types::CertificateDer;

use super::error::HeaderRule;

/// From percent-encoded PEM: certificate blocks, one after the other, with line ends between and nothing else.
///
/// Stops after one certificate too many: the chain is refused for it.
pub(super) fn escaped_pem(value: &str) -> Result<Vec<CertificateDer<'static>>, HeaderRule> {
    let text = percent_decoded(value)?;
    let mut certificates = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() && certificates.len() <= MAX_CERTIFICATES {
        let (body, behind) = rest.strip_prefix(BEGIN).and_then(|rest| rest.split_once(END)).ok_or(HeaderRule::Pem)?;
        let body = body.strip_prefix(LINE_ENDS).ok_or(HeaderRule::Pem)?;
        certificates.push(base64_certificate(&body.replace(LINE_ENDS, ""))?);
        rest = behind.trim_start_matches(LINE_ENDS);
    }
    Ok(certificates)
}

/// From one certificate in canonical base64 with padding (RFC 4648 section 4).
pub(super) fn base64_certificate(value: &str) -> Result<CertificateDer<'static>, HeaderRule> {
    Base64::decode_vec(value).map(CertificateDer::from).map_err(|_| HeaderRule::Base64)
}

/// From an item that is a byte sequence: base64 between colons (RFC 9651 section 3.3.5), with no parameters, since none is defined
/// (RFC 9440 section 2.2).
pub(super) fn byte_sequence(value: &str) -> Result<CertificateDer<'static>, HeaderRule> {
    let base64 = value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).ok_or(HeaderRule::ByteSequence)?;
    base64_certificate(base64)
}

/// From a list of byte sequences: commas between them, and spaces and tabs around the commas (RFC 9651 section 3.1).
///
/// Stops after as many as a chain has: with the client's certificate it is one too many then.
pub(super) fn byte_sequences(value: &str) -> Result<Vec<CertificateDer<'static>>, HeaderRule> {
    value.split(',').take(MAX_CERTIFICATES).map(|item| byte_sequence(item.trim_matches([' ', '\t']))).collect()
}

/// RFC 3986 section 2.1. Of what may stand for itself, there is what PEM needs: a plus sign is a plus sign, never a space.
fn percent_decoded(value: &str) -> Result<String, HeaderRule> {
    let mut decoded = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        decoded.push(match character {
            '%' => {
                let mut digit = || characters.next().and_then(|digit| digit.to_digit(16));
                digit()
                    .zip(digit())
                    .and_then(|(high, low)| char::from_u32(16 * high + low))
                    .filter(char::is_ascii)
                    .ok_or(HeaderRule::PercentEncoding)?
            }
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' | '_' | '~' | '+' | '/' | '=' => character,
            _ => return Err(HeaderRule::PercentEncoding),
        });
    }
    Ok(decoded)
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
const LINE_ENDS: [char; 2] = ['\r', '\n'];

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(ders in vec(vec(any::<u8>(), 0..300), 1..=MAX_CERTIFICATES), width in 1..80_usize) {
            let certificates: Vec<_> = ders.iter().map(|der| CertificateDer::from(der.clone())).collect();
            let base64: Vec<_> = ders.iter().map(|der| Base64::encode_string(der)).collect();
            prop_assert_eq!(&base64_certificate(&base64[0]).unwrap(), &certificates[0]);

            let list: Vec<_> = base64.iter().map(|one| format!(":{one}:")).collect();
            prop_assert_eq!(&byte_sequence(&list[0]).unwrap(), &certificates[0]);
            prop_assert_eq!(&byte_sequences(&list.join(", ")).unwrap(), &certificates);

            let mut pem = String::new();
            for one in &base64 {
                let lines: Vec<_> = one.as_bytes().chunks(width).map(|line| str::from_utf8(line).unwrap()).collect();
                pem += &format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"));
            }
            let escaped = pem.replace(' ', "%20").replace('\n', "%0A");
            prop_assert_eq!(&escaped_pem(&escaped).unwrap(), &certificates);
            prop_assert_eq!(&escaped_pem(&escaped.replace('+', "%2B").replace('/', "%2f")).unwrap(), &certificates);
        }

        #[test]
        fn what_is_read_was_written_so(value in "[:,A-D/+= ]{0,12}") {
            if let Ok(certificates) = byte_sequences(&value) {
                let list: Vec<_> = certificates.iter().map(|one| format!(":{}:", Base64::encode_string(one))).collect();
                prop_assert_eq!(list.join(","), value.replace(' ', ""));
            }
        }
    }

    #[test]
    fn percent_encoding_is_strict() {
        for (value, decoded) in [("a%2Bb+c", "a+b+c"), ("%0a%0A%25", "\n\n%"), ("-._~/=", "-._~/=")] {
            assert_eq!(percent_decoded(value).unwrap(), decoded);
        }
        for value in ["%", "%2", "%G0", "%2%42", "%+1", "%80", "%C3%A9", "a b", "a,b", "a\"b", "é"] {
            assert_eq!(percent_decoded(value), Err(HeaderRule::PercentEncoding), "{value}");
        }
    }

    #[test]
    fn pem_holds_certificates_and_nothing_else() {
        let pem = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        let parsed = |text: &str| {
            let escaped: String = text.bytes().map(|octet| format!("%{octet:02x}")).collect();
            escaped_pem(&escaped).map(|certificates| certificates.iter().map(|one| one.to_vec()).collect::<Vec<_>>())
        };
        let one = vec![1, 2, 3];
        for (text, expected) in [
            (pem.to_owned(), vec![one.clone()]),
            (pem.trim_end().to_owned(), vec![one.clone()]),
            (pem.replace('\n', "\r\n"), vec![one.clone()]),
            (pem.replace("AQID", "AQ\nID"), vec![one.clone()]),
            (pem.repeat(2), vec![one.clone(), one.clone()]),
            (pem.repeat(99), vec![one; MAX_CERTIFICATES + 1]),
        ] {
            assert_eq!(parsed(&text), Ok(expected), "{text}");
        }
        for (text, rule) in [
            (format!(" {pem}"), HeaderRule::Pem),
            (format!("{pem}text"), HeaderRule::Pem),
            (format!("{pem}text{pem}"), HeaderRule::Pem),
            (pem.replace("CERTIFICATE", "PUBLIC KEY"), HeaderRule::Pem),
            (pem.replace("-----END", "----END"), HeaderRule::Pem),
            (pem.replacen('\n', "", 1), HeaderRule::Pem),
            (pem.replace("AQID", "A QID"), HeaderRule::Base64),
            (pem.replace("AQID", "AQI"), HeaderRule::Base64),
            (pem.replace("AQID", "AQJ="), HeaderRule::Base64),
            (pem.replace("AQID", "AQ-_"), HeaderRule::Base64),
            (format!("{}{pem}", &pem[..40]), HeaderRule::Base64),
        ] {
            assert_eq!(parsed(&text), Err(rule), "{text}");
        }
    }

    #[test]
    fn byte_sequences_stand_between_colons() {
        let one = CertificateDer::from(vec![1, 2, 3]);
        assert_eq!(byte_sequence(":AQID:"), Ok(one.clone()));
        for list in [":AQID:,:AQID:", ":AQID: , :AQID:", ":AQID:\t,:AQID:"] {
            assert_eq!(byte_sequences(list), Ok(vec![one.clone(); 2]), "{list}");
        }
        for value in ["AQID", ":AQID", "AQID:", ":", "\"AQID\"", ":AQID:;a=1", "?1"] {
            assert_eq!(byte_sequence(value), Err(HeaderRule::ByteSequence), "{value}");
        }
        for value in [":AQI:", ":AQJ=:", ":AQ-_:", ": AQID:", ":AQID::AQID:", ":AQID:,:AQID:"] {
            assert_eq!(byte_sequence(value), Err(HeaderRule::Base64), "{value}");
        }
        for list in [":AQID:,", ",:AQID:", ":AQID:,,:AQID:", ":AQID: x, :AQID:"] {
            assert_eq!(byte_sequences(list), Err(HeaderRule::ByteSequence), "{list}");
        }
    }
}
