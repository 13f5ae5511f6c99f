//! Vouchers from batch to claim, redemption, refund, expiry and settlement.

use kernel::id_kind;

id_kind!(BatchKind, BatchId, "vbt");
id_kind!(VoucherKind, VoucherId, "vch");
