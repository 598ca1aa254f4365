//! What a revocation list says besides its entries.

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, ContextSpecific, SequenceRef};
use der::{Decode, Reader, SliceReader, TagNumber};
use x509_cert::ext::Extensions;
use x509_cert::name::Name;
use x509_cert::time::Time;

use super::error::RevocationListRule;
use crate::end_entity::only;
use crate::rule::MAX_SHOWN_NAME;

/// What is read here of a `TBSCertList` of RFC 5280 section 5.1, version 2. The entries are for webpki to read.
pub(super) struct Content<'a> {
    /// In the form of RFC 4514, cut to 256 characters.
    pub(super) issuer: String,
    /// The content of its DER.
    pub(super) issuer_der: &'a [u8],
    pub(super) this_update: Time,
    pub(super) next_update: Option<Time>,
    extensions: Option<Extensions>,
}

impl<'a> Content<'a> {
    /// From the octets inside the `TBSCertList`.
    pub(super) fn read(octets: &'a [u8]) -> der::Result<Self> {
        let mut fields = SliceReader::new(octets)?;
        let _version = u8::decode(&mut fields)?;
        let _algorithm = AnyRef::decode(&mut fields)?;
        let issuer = AnyRef::decode(&mut fields)?;
        let content = Self {
            issuer: issuer.decode_as::<Name>()?.to_string().chars().take(MAX_SHOWN_NAME).collect(),
            issuer_der: issuer.value(),
            this_update: fields.decode()?,
            next_update: fields.decode()?,
            extensions: {
                let _entries: Option<&SequenceRef> = fields.decode()?;
                ContextSpecific::decode_explicit(&mut fields, TagNumber(0))?.map(|tagged| tagged.value)
            },
        };
        fields.finish()?;
        Ok(content)
    }
}

impl Content<'_> {
    /// The extension, if it is there once.
    pub(super) fn extension<'a, T: Decode<'a, Error = der::Error>>(
        &'a self,
        id: ObjectIdentifier,
    ) -> Result<Option<T>, RevocationListRule> {
        let all =
            self.extensions.iter().flatten().map(|extension| (extension.extn_id, extension.extn_value.as_bytes()));
        only(id, all).map_err(|_| RevocationListRule::Malformed)
    }
}
