//! A voucher: the n-th claim of a batch.

use kernel::{code_enum, id_kind};
use uuid::Uuid;

id_kind!(VoucherKind, VoucherId, "vch");
id_kind!(RedemptionKind, RedemptionId, "vrd");
id_kind!(RefundKind, RefundId, "vrf");

code_enum! {
    /// Where a voucher stands: in one of these, always.
    pub enum VoucherState {
        Held = "held" "未使用",
        Spent = "spent" "已使用",
        Expired = "expired" "已过期",
        Voided = "voided" "已作废",
    }
}

/// Which claim of which batch. It is no secret: who may see or spend it is asked each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoucherNo {
    /// The batch's running number.
    pub batch: i64,
    /// The claim's, from 1.
    pub claim: i64,
}

impl VoucherNo {
    /// As an id, which holds both numbers: the hottest table of all needs no column for it.
    pub fn id(self) -> VoucherId {
        VoucherId::from_uuid(Uuid::from_u64_pair(
            self.batch.cast_unsigned(),
            self.claim.cast_unsigned(),
        ))
    }

    /// The numbers of an id; `None` when it is of no voucher that could be.
    pub fn of(id: VoucherId) -> Option<Self> {
        let (batch, claim) = id.uuid().as_u64_pair();
        let (batch, claim) = (i64::try_from(batch).ok()?, i64::try_from(claim).ok()?);
        (batch > 0 && claim > 0).then_some(Self { batch, claim })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_both_numbers() {
        let voucher = VoucherNo { batch: 7, claim: 1_234_567 };
        assert_eq!(VoucherNo::of(voucher.id()), Some(voucher));
        let read: VoucherId = voucher.id().to_string().parse().expect("an id");
        assert_eq!(VoucherNo::of(read), Some(voucher));
        assert_eq!(VoucherNo::of(VoucherId::from_uuid(Uuid::nil())), None);
        assert_eq!(VoucherNo::of(VoucherId::from_uuid(Uuid::max())), None);
    }
}
