//! One person's many numbers: citizens who signed in on one device and took of the same batch.

use std::collections::{BTreeMap, HashMap};

use citizens::{DeviceHint, MANY_ON_ONE_DEVICE, crowds_after};
use db::{Fault, Tx};
use kernel::{CitizenNo, Cx};

use super::{FlagKind, NewFlag, find};
use crate::{VoucherNo, store};

/// Citizens of one device that are looked at.
const LOOKED_AT: usize = 200;

/// One slice of the devices; answers how many flags are new, and where to go on.
pub(super) async fn step(
    tx: &mut Tx,
    cx: &Cx,
    from: Option<DeviceHint>,
) -> Result<(i64, Option<DeviceHint>), Fault> {
    let (crowds, to) = crowds_after(tx, cx, from).await?;
    let mut flags = Vec::new();
    for mut crowd in crowds {
        crowd.truncate(LOOKED_AT);
        flags.extend(of_crowd(tx, &crowd).await?);
    }
    Ok((find::keep(tx, cx, flags).await?, to))
}

/// A flag for each batch of which many of them have a voucher. What is kept are the vouchers: the
/// device is forgotten in its time.
async fn of_crowd(tx: &mut Tx, crowd: &[CitizenNo]) -> Result<Vec<NewFlag>, Fault> {
    let mut campaigns = HashMap::new();
    let mut by_batch: BTreeMap<i64, BTreeMap<i64, Vec<VoucherNo>>> = BTreeMap::new();
    for claim in store::flags::claims_of(tx, crowd).await? {
        campaigns.insert(claim.voucher.batch, claim.campaign);
        let of_batch = by_batch.entry(claim.voucher.batch).or_default();
        of_batch.entry(claim.citizen).or_default().push(claim.voucher);
    }
    let mut flags = Vec::new();
    for (batch, people) in by_batch {
        let count = people.len() as i64;
        let (Some(first), Some(campaign)) = (people.keys().next(), campaigns.get(&batch)) else {
            continue;
        };
        if count < MANY_ON_ONE_DEVICE {
            continue;
        }
        let vouchers = people.values().flatten().take(LOOKED_AT);
        flags.push(NewFlag {
            campaign: *campaign,
            kind: FlagKind::ManyNumbers,
            about: format!("{batch}:{first}"),
            said: format!("同一部手机登录过的 {count} 个号，都领了这一批"),
            items: vouchers.map(|one| (*one, None)).collect(),
        });
    }
    Ok(flags)
}
