//! An enquiry: a question to a merchant, from somebody who left a phone number.

use jiff::Timestamp;
use kernel::id_kind;

use crate::{MerchantId, ProductId};

id_kind!(EnquiryKind, EnquiryId, "enq");

/// Which words of consent stand beside the box.
pub const CONSENT_VERSION: i64 = 1;
/// Days after its close, or a year after it came at the latest, that person and words are kept.
pub const KEPT_DAYS: i64 = 90;
/// The longest message, in characters.
pub const MESSAGE_LIMIT: usize = 500;
/// Questions that one number may ask in a day.
pub(super) const PER_DAY: i64 = 5;

/// An enquiry, without the phone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enquiry {
    /// Which.
    pub id: EnquiryId,
    /// About what.
    pub product: ProductId,
    /// Of which merchant.
    pub merchant: MerchantId,
    /// The product's Chinese name.
    pub product_name: String,
    /// As the person wants to be called, or empty.
    pub name: String,
    /// What they ask; empty once it is forgotten.
    pub message: String,
    /// When.
    pub asked_at: Timestamp,
    /// How it was answered; empty before.
    pub answer: String,
    /// When that was.
    pub closed_at: Option<Timestamp>,
    /// When person and words were forgotten.
    pub forgotten_at: Option<Timestamp>,
}

impl Enquiry {
    /// Whether somebody still waits for an answer.
    pub const fn is_open(&self) -> bool {
        self.closed_at.is_none() && self.forgotten_at.is_none()
    }
}
