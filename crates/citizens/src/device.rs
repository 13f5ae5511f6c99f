//! Many numbers on one device: a hint for who reviews, never a refusal. The device's cookie is a
//! random word; what is stored is a keyed hash of it that changes every 30 days, so that it says
//! nothing outside of this site and nothing across two months.

use axum::http::{HeaderMap, HeaderValue};
use db::{Result, Tx};
use hmac::Mac as _;
use jiff::{SignedDuration, Timestamp};
use kernel::{CitizenNo, Cx, Keys};
use web::{Ask, Site, ask::cookie};

use crate::{hex::hex, store};

/// Days for which a device is remembered, and after which its hint is another.
pub const DEVICE_DAYS: i64 = 30;
/// Citizens on one device from which on it is worth a look: a family's shared phone has fewer.
pub const MANY_ON_ONE_DEVICE: i64 = 4;
const SECONDS: i64 = DEVICE_DAYS * 24 * 60 * 60;
/// Hexadecimal digits of the cookie's word.
const WORD: usize = 32;

/// A device as far as it may be known: eight bytes that compare alike within 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceHint([u8; 8]);

impl DeviceHint {
    /// For a column.
    pub const fn stored(&self) -> &[u8] {
        &self.0
    }

    /// From a column; `None` for what is none.
    pub fn stored_as(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn of(keys: &Keys, word: &str, now: Timestamp) -> Self {
        let mut hash = keys.hash("tongpin device hint");
        hash.update(&now.as_second().div_euclid(SECONDS).to_be_bytes());
        hash.update(word.as_bytes());
        let whole: [u8; 32] = hash.finalize().into_bytes().into();
        let mut short = [0; 8];
        short.copy_from_slice(&whole[..8]);
        Self(short)
    }
}

fn name(site: &Site) -> &'static str {
    if site.secure_cookies { "__Host-tongpin-device" } else { "tongpin-device" }
}

fn word<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let right = |word: &&str| word.len() == WORD && word.bytes().all(is_digit);
    cookie(headers, name(site)).filter(right)
}

/// The hint of the device that asks, when it signed in as a citizen before; scripts have none.
pub fn device_hint(ask: &Ask, headers: &HeaderMap) -> Option<DeviceHint> {
    let site = ask.state.site();
    word(site, headers).map(|word| DeviceHint::of(&site.keys, word, ask.cx.now))
}

/// The hint of a browser that signs in now, and the cookie that it must be given if it has none.
pub(crate) fn known_device(ask: &Ask, headers: &HeaderMap) -> (DeviceHint, Option<HeaderValue>) {
    if let Some(hint) = device_hint(ask, headers) {
        return (hint, None);
    }
    let site = ask.state.site();
    let word = hex(&ask.cx.random::<16>());
    let secure = if site.secure_cookies { "; Secure" } else { "" };
    let text =
        format!("{}={word}; Path=/; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}", name(site));
    (DeviceHint::of(&site.keys, &word, ask.cx.now), HeaderValue::from_str(&text).ok())
}

/// How many citizens signed in on this device within 30 days.
///
/// # Errors
/// When the database does not answer.
pub async fn citizens_on(tx: &mut Tx, cx: &Cx, hint: DeviceHint) -> Result<i64> {
    store::device::count(tx, hint.stored(), remembered_since(cx)).await
}

/// The citizens who share a device with [`MANY_ON_ONE_DEVICE`] or more, themselves counted, and how
/// many they are there: for review.
///
/// # Errors
/// When the database does not answer.
pub async fn crowded_devices(tx: &mut Tx, cx: &Cx) -> Result<Vec<(CitizenNo, i64)>> {
    store::device::shared(tx, MANY_ON_ONE_DEVICE, remembered_since(cx)).await
}

/// The citizens of those devices that many share, device by device, going on after one of them: a
/// slice of all, so that a look at a whole city is taken in steps. Answers the last device that
/// was looked at too; `None` when there are no more.
///
/// # Errors
/// When the database does not answer.
pub async fn crowds_after(
    tx: &mut Tx,
    cx: &Cx,
    after: Option<DeviceHint>,
) -> Result<(Vec<Vec<CitizenNo>>, Option<DeviceHint>)> {
    let from = after.map_or_else(Vec::new, |hint| hint.0.to_vec());
    let seen = store::device::after(tx, &from, remembered_since(cx), CROWD_SLICE).await?;
    let is_full = seen.len() as i64 == CROWD_SLICE;
    let mut groups: Vec<(Vec<u8>, Vec<CitizenNo>)> = Vec::new();
    for (hint, citizen) in seen {
        match groups.last_mut().filter(|(one, _)| *one == hint) {
            Some((_, all)) => all.push(citizen),
            None => groups.push((hint, vec![citizen])),
        }
    }
    // The last of a full slice may go on after it. A device that fills a slice is taken as it is.
    if is_full && groups.len() > 1 {
        groups.pop();
    }
    let last = groups.last().and_then(|(hint, _)| DeviceHint::stored_as(hint));
    groups.retain(|(_, all)| all.len() as i64 >= MANY_ON_ONE_DEVICE);
    let crowds = groups.into_iter().map(|(_, all)| all).collect();
    Ok((crowds, last.filter(|_| is_full)))
}

/// Rows of a slice.
const CROWD_SLICE: i64 = 5_000;

/// Which of these devices each of these citizens signed in on within 30 days.
///
/// # Errors
/// When the database does not answer.
pub async fn devices_of(
    tx: &mut Tx,
    cx: &Cx,
    citizens: &[CitizenNo],
) -> Result<Vec<(CitizenNo, DeviceHint)>> {
    let seen = store::device::of_citizens(tx, citizens, remembered_since(cx)).await?;
    let known = |(no, hint): (CitizenNo, Vec<u8>)| Some((no, DeviceHint::stored_as(&hint)?));
    Ok(seen.into_iter().filter_map(known).collect())
}

/// What was seen before it is forgotten.
pub(crate) fn remembered_since(cx: &Cx) -> Timestamp {
    cx.now - SignedDuration::from_secs(SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_changes_after_its_days_and_between_sites() {
        let (one, other) = (Keys::new([1; 32]), Keys::new([2; 32]));
        let now = Timestamp::UNIX_EPOCH;
        let later = |days: i64| now + SignedDuration::from_hours(24 * days);
        let hint = DeviceHint::of(&one, "word", now);
        assert_eq!(hint, DeviceHint::of(&one, "word", later(29)));
        assert_ne!(hint, DeviceHint::of(&one, "word", later(30)));
        assert_ne!(hint, DeviceHint::of(&one, "other", now));
        assert_ne!(hint, DeviceHint::of(&other, "word", now));
    }
}
