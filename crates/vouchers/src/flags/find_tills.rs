//! Tills: who takes their own vouchers, who takes many in a minute, whose purchase was split.

use std::collections::{BTreeSet, HashMap, HashSet};

use campaigns::CampaignId;
use citizens::{DeviceHint, citizens_by_phone, devices_of, phone_finder};
use db::{Fault, Tx};
use jiff::{SignedDuration, Timestamp};
use kernel::{CitizenNo, Cx, Fen, Keys, actor::AccountId};
use merchants::MerchantId;

use super::{
    FlagKind, NewFlag,
    find::{self, ITEMS},
};
use crate::{RedemptionId, VoucherNo, store};

/// Redemptions of one step.
const SLICE: i64 = 500;
/// Redemptions that are younger are left for the next time: ids of two nodes may still come in
/// another order.
const SETTLED: SignedDuration = SignedDuration::from_secs(60);
/// Whole vouchers that one cashier takes in one minute, from which on it is worth a look: a
/// hand needs some seconds for each.
pub(super) const BURST: i64 = 10;
/// Bills of one citizen at one merchant within [`SPLIT_WITHIN`], from which on it may be one
/// purchase that was split to reach the threshold of several vouchers.
pub(super) const SPLIT: i64 = 3;
const SPLIT_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// A redemption, as far as it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) id: RedemptionId,
    pub(crate) voucher: VoucherNo,
    pub(crate) citizen: CitizenNo,
    pub(crate) campaign: CampaignId,
    pub(crate) merchant: MerchantId,
    pub(crate) cashier: AccountId,
    pub(crate) amount: Fen,
    pub(crate) face: Fen,
    pub(crate) at: Timestamp,
}

/// A stretch of time at a merchant's till, and whose redemptions in it: a cashier's or a citizen's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stretch<Who> {
    pub(crate) merchant: MerchantId,
    pub(crate) who: Who,
    pub(crate) from: Timestamp,
    /// Exclusive.
    pub(crate) to: Timestamp,
}

/// Looks at the next redemptions; answers how many flags are new, or `None` when there are none.
pub(super) async fn step(tx: &mut Tx, cx: &Cx, keys: &Keys) -> Result<Option<i64>, Fault> {
    let after = store::flags::mark(tx).await?;
    let seen = store::flags::redemptions_after(tx, after, cx.now - SETTLED, SLICE).await?;
    let Some(last) = seen.last() else { return Ok(None) };
    let mut flags = own_vouchers(tx, cx, keys, &seen).await?;
    flags.extend(bursts(tx, &seen).await?);
    flags.extend(split_bills(tx, &seen).await?);
    let new = find::keep(tx, cx, flags).await?;
    store::flags::set_mark(tx, last.id).await?;
    Ok(Some(new))
}

async fn own_vouchers(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    seen: &[Seen],
) -> Result<Vec<NewFlag>, Fault> {
    let owners = owners(tx, keys, seen).await?;
    let cashiers: BTreeSet<AccountId> = seen.iter().map(|one| one.cashier).collect();
    let tills = store::flags::devices_of_tills(tx, cashiers).await?;
    let mut shared: HashSet<(AccountId, CitizenNo)> = HashSet::new();
    if !tills.is_empty() {
        let people: BTreeSet<CitizenNo> = seen.iter().map(|one| one.citizen).collect();
        let people: Vec<CitizenNo> = people.into_iter().collect();
        let mut by_device: HashMap<DeviceHint, Vec<CitizenNo>> = HashMap::new();
        for (citizen, device) in devices_of(tx, cx, &people).await? {
            by_device.entry(device).or_default().push(citizen);
        }
        for (cashier, device) in tills {
            let people = by_device.get(&device).into_iter().flatten();
            shared.extend(people.map(|citizen| (cashier, *citizen)));
        }
    }
    let flag = |one: &Seen, said: &str| NewFlag {
        campaign: one.campaign,
        kind: FlagKind::OwnVoucher,
        about: one.id.to_string(),
        said: said.to_owned(),
        items: vec![(one.voucher, Some(one.id))],
    };
    let found = seen.iter().filter_map(|one| {
        if owners.get(&one.merchant) == Some(&one.citizen) {
            return Some(flag(one, "用券人的手机号，就是收券商户留的电话"));
        }
        let is_shared = shared.contains(&(one.cashier, one.citizen));
        is_shared.then(|| flag(one, "收券账号和用券人，登录过同一部手机"))
    });
    Ok(found.collect())
}

/// The citizens whose phones are the merchants' own. No number is opened for it.
async fn owners(
    tx: &mut Tx,
    keys: &Keys,
    seen: &[Seen],
) -> Result<HashMap<MerchantId, CitizenNo>, Fault> {
    let merchants: BTreeSet<MerchantId> = seen.iter().map(|one| one.merchant).collect();
    let mut hashes = Vec::new();
    for merchant in merchants {
        if let Some(hash) = merchants::phone_hash(tx, keys, merchant, phone_finder(keys)).await? {
            hashes.push((merchant, hash));
        }
    }
    let all: Vec<Vec<u8>> = hashes.iter().map(|(_, hash)| hash.clone()).collect();
    let known = citizens_by_phone(tx, &all).await?;
    let of = hashes.into_iter().filter_map(|(merchant, hash)| Some((merchant, *known.get(&hash)?)));
    Ok(of.collect())
}

/// The minute that an instant lies in.
fn minute(at: Timestamp) -> Timestamp {
    let into = SignedDuration::from_micros(at.as_microsecond().rem_euclid(60_000_000));
    at - into
}

async fn bursts(tx: &mut Tx, seen: &[Seen]) -> Result<Vec<NewFlag>, Fault> {
    let whole = seen.iter().filter(|one| one.amount == one.face);
    let minutes: BTreeSet<Stretch<AccountId>> = whole
        .map(|one| {
            let from = minute(one.at);
            let to = from + SignedDuration::from_secs(60);
            Stretch { merchant: one.merchant, who: one.cashier, from, to }
        })
        .collect();
    let mut flags = Vec::new();
    for (stretch, count) in store::flags::busy(tx, &minutes, BURST).await? {
        let items = store::flags::in_minute(tx, &stretch, ITEMS).await?;
        let Some(campaign) = items.first().map(|(campaign, ..)| *campaign) else { continue };
        // One an hour says enough.
        let hour = stretch.from.as_second().div_euclid(3_600);
        flags.push(NewFlag {
            campaign,
            kind: FlagKind::Burst,
            about: format!("{}:{hour}", stretch.who),
            said: format!("一个收银账号在一分钟里收了 {count} 张整券"),
            items: items.into_iter().map(|(_, voucher, id)| (voucher, Some(id))).collect(),
        });
    }
    Ok(flags)
}

async fn split_bills(tx: &mut Tx, seen: &[Seen]) -> Result<Vec<NewFlag>, Fault> {
    let stretches: BTreeSet<Stretch<CitizenNo>> = seen
        .iter()
        .map(|one| Stretch {
            merchant: one.merchant,
            who: one.citizen,
            from: one.at - SPLIT_WITHIN,
            to: one.at + SignedDuration::from_micros(1),
        })
        .collect();
    let mut flags = Vec::new();
    for (stretch, count) in store::flags::split(tx, &stretches, SPLIT).await? {
        let items = store::flags::of_citizen(tx, &stretch, ITEMS).await?;
        let Some(campaign) = items.first().map(|(campaign, ..)| *campaign) else { continue };
        let day = kernel::time::civil_date(stretch.to);
        flags.push(NewFlag {
            campaign,
            kind: FlagKind::SplitBill,
            about: format!("{}:{}:{day}", stretch.merchant, stretch.who.0),
            said: format!("同一个人十分钟里在一家商户用券 {count} 单"),
            items: items.into_iter().map(|(_, voucher, id)| (voucher, Some(id))).collect(),
        });
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_its_own_instants() {
        let at = |micros| Timestamp::from_microsecond(micros).expect("a moment");
        assert_eq!(minute(at(119_999_999)), at(60_000_000));
        assert_eq!(minute(at(60_000_000)), at(60_000_000));
        assert_eq!(minute(at(-1)), at(-60_000_000));
    }
}
