//! Merchants and who speaks for them; their products; founders.
//!
//! # Glossary
//! - **merchant** 商户: a business that takes part in campaigns, with the place it stands at. A
//!   chain has one for each of its shops.
//! - **speaks for** 商户负责人: a person whom the city granted [`Role::Merchant`](kernel::Role) on a
//!   merchant: joins campaigns, confirms settlements, keeps products.
//! - **till** 收银: where a cashier, or who speaks for the merchant, takes vouchers.
//! - **payee** 收款账户: where settlements are paid to.
//! - **product** 产品: what a merchant shows to everybody: local, or from a partner region.
//! - **enquiry** 询问: a question about a product, from somebody without an account.
//! - **founder** 从业者: an e-commerce founder or a community store manager, with consent.
//! - **step** 一件事: a training, a milestone, a support or an opened shop on a founder's way.
//!
//! # Invariants
//! - Phones and payees stand in the database sealed to their record; whoever opens one whole writes
//!   it to the journal, with the reason.
//! - Nobody speaks for a merchant but a person who was granted it: not the system, not an
//!   administrator.
//! - Of the merchants that have not left, no two at a place have the same folded name.
//! - A merchant that left does not come back; its record stays.
//! - Only a listed product of an active merchant is public; of any other there is no page.
//! - A kept picture holds nothing but the picture: no place, no time, no camera.
//! - Who asked is known to who speaks for the merchant alone, and forgotten 90 days after the
//!   answer.
//! - A founder without consent is not in the register; nobody is ranked.

mod change_merchant;
mod contact;
mod enquiries;
mod founders;
mod merchant;
mod pages;
mod policy;
mod products;
mod refusal;
mod register;
mod register_merchant;
mod routes;
mod sealed;
mod store;
mod turn_merchant;

use kernel::id_kind;

pub use change_merchant::{MerchantChange, change_merchant};
pub use contact::{open_payee, phone_hash, reveal_phone, tell_payee, tell_phone};
pub use enquiries::{
    Enquiry, EnquiryId, NewEnquiry, close_enquiry, enquire, forget_enquiries, reveal_enquirer,
};
pub use founders::{
    FOUNDER_KEEPERS, FOUNDER_READERS, Founder, FounderChange, FounderError, FounderKind,
    Registration, Step, StepFacts, StepId, StepKind, Training, change_founder, keeps_founders,
    note_step, note_training, register_founder, reveal_founder, sees_founders, strike_step,
    tell_founder_phone, withdraw_founder,
};
pub use merchant::{
    Merchant, MerchantId, MerchantKind, MerchantState, NAME_LIMIT, Payee, TEXT_LIMIT,
};
pub use pages::VERBS;
pub use policy::{
    KEEPERS, READERS, keeps, keeps_at, merchants_of, sees, speaks_for, stands_at_till, tells_payee,
};
pub use products::{
    Media, NewPicture, Origin, Picture, Product, ProductError, ProductFacts, ProductState, Season,
    Seek, add_picture, change_product, create_product, find_product, keeps_products, list_product,
    listed, listed_counts, listed_one, pictures_of, products_of, remove_picture, sniff,
    withdraw_product,
};
pub use refusal::{Denied, MerchantError};
pub use register::{Wanted, merchant, names, town_of, visible, visible_merchant};
pub use register_merchant::{NewMerchant, register_merchant};
pub use routes::routes;
pub use turn_merchant::{close_merchant, resume_merchant, suspend_merchant};

id_kind!(ProductKind, ProductId, "prd");
id_kind!(FounderMark, FounderId, "fnd");
