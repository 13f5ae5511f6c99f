//! Merchants and who speaks for them; their products; founders.
//!
//! # Glossary
//! - **merchant** 商户: a shop's business that takes part in campaigns, with the place it stands at.

use kernel::id_kind;

id_kind!(MerchantKind, MerchantId, "mch");
id_kind!(ProductKind, ProductId, "prd");
id_kind!(FounderKind, FounderId, "fnd");
