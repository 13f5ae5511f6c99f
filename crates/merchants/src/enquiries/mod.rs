//! What somebody without an account asks a merchant about a product, and how it was answered.

mod close;
mod enquire;
mod enquiry;
mod forget;
mod meter;
mod store;

pub use close::{close_enquiry, reveal_enquirer};
pub use enquire::{NewEnquiry, enquire};
pub use enquiry::{CONSENT_VERSION, Enquiry, EnquiryId, KEPT_DAYS};
pub use forget::forget_enquiries;
pub(crate) use meter::{Meter, RULES};
pub(crate) use store::{find, of_merchants, open_count};
